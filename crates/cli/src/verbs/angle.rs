//! `angle`: the dial of the L2 penalty.

use linecall::audit::angle::Tilt;
use linecall::{AngleOptions, AngleReport, Crossing, DialPoint, PairDial, Pipeline, angle};

use super::reading;
use crate::args::Angle;
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

/// Strengths that a table shows.
const SHOWN: usize = 13;

/// Pairs that are shown in full.
const FULL: usize = 2;

pub(crate) fn run(args: &Angle) -> Answer {
    let options = options(args)?;
    let image = args.image.as_deref().map(image).transpose()?;
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
    if let Some(html) = &args.html {
        let files = reading::files(&args.data, &reading);
        let inputs = files.iter().chain(std::iter::once(&args.model)).chain(&args.test);
        output::check_target(html, &inputs.map(String::as_str).collect::<Vec<_>>())?;
    }
    if let Some((width, height)) = image
        && width.checked_mul(height) != Some(pipeline.model.n_features())
    {
        return Err(Failure::usage(format!(
            "--image {width}x{height} does not hold the model's {} columns",
            pipeline.model.n_features()
        )));
    }
    let report = angle(&pipeline, &args.model, &args.data, &reading, &options)?;
    if let Some(html) = &args.html {
        let page = linecall_report::angle_report(&report, image)?;
        output::write_file(html, page.as_bytes())?;
        output::remark(args.common.quiet, &format!("dial written to {html}"));
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&report))?;
    } else {
        output::say(&page(&report))?;
    }
    Ok(true)
}

fn options(args: &Angle) -> Result<AngleOptions, Failure> {
    let pair = |text: &String| {
        text.split_once(',').map(|(a, b)| (a.to_owned(), b.to_owned())).ok_or_else(|| {
            Failure::usage(format!("--pair is `{text}`, expected two classes as A,B"))
        })
    };
    let bounds = |text: &String| {
        let ends = text.split_once(',');
        let ends = ends.and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        ends.ok_or_else(|| {
            Failure::usage(format!("--box is `{text}`, expected two numbers as 0,255"))
        })
    };
    let loss = args.loss.as_deref().map(str::parse).transpose();
    Ok(AngleOptions {
        loss: loss.map_err(linecall::Error::Linear)?,
        lambdas: args.lambdas.clone(),
        steps: args.steps,
        limit: args.limit,
        pairs: args.pair.iter().map(pair).collect::<Result<_, _>>()?,
        test: (!args.test.is_empty()).then(|| (&args.test).into()),
        standardize: args.standardize,
        rows: args.row.clone(),
        bounds: args.bounds.as_ref().map(bounds).transpose()?,
        ..AngleOptions::default()
    })
}

/// Width and height.
fn image(text: &str) -> Result<(usize, usize), Failure> {
    let ends = text.split_once(['x', 'X']);
    ends.and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)))
        .filter(|(w, h)| *w > 0 && *h > 0)
        .ok_or_else(|| Failure::usage(format!("--image is `{text}`, expected a size as 28x28")))
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| text::significant(value, digits))
}

fn degrees(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}°"))
}

fn page(report: &AngleReport) -> String {
    let rows = text::count(report.rows);
    let units = if report.standardized { "standard deviations" } else { "the columns' own units" };
    let mut out = format!(
        "{} on {}, {rows} rows\n  {} loss along the dial; distances in {units}\n",
        report.model.file, report.data, report.loss
    );
    let tested = report.test.is_some();
    if report.pairs.len() > FULL {
        out.push_str(&summary(report));
    } else {
        report.pairs.iter().for_each(|pair| out.push_str(&dial(pair, tested)));
    }
    if let Some(room) = &report.room {
        let median = number(room.median, 4);
        out.push_str(&format!(
            "\nLEAST CHANGE that turns a call, every column within {} to {}\n  median {median}, \
             smallest {}; {} of {rows} rows cannot be turned\n",
            room.low,
            room.high,
            number(room.least, 4),
            text::count(room.fixed)
        ));
    }
    if !report.images.is_empty() {
        out.push_str("\nROWS\n");
        let mut grid = Grid::new(&[">  row", "class", "called", "nearest other", ">distance"]);
        for image in &report.images {
            grid.row(vec![
                format!("  {}", image.row),
                image.class.clone(),
                image.called.clone(),
                image.towards.clone(),
                text::significant(image.distance, 5),
            ]);
        }
        out.push_str(&grid.text());
        out.push_str("  images of rows are in the JSON and in the page\n");
    }
    out.push('\n');
    report.remarks.iter().for_each(|remark| out.push_str(&format!("! {remark}\n")));
    out.push_str(&format!("model {} sha256 {}\n", report.model.file, report.model.sha256));
    out
}

fn cells(name: String, tilt: &Tilt, test: Option<f64>, tested: bool) -> Vec<String> {
    let mut cells = vec![
        name,
        degrees(tilt.degrees),
        number(tilt.d_adv, 5),
        number(tilt.d_err, 4),
        text::percent(tilt.error),
    ];
    if tested {
        cells.push(test.map_or_else(|| "-".to_owned(), text::percent));
    }
    cells
}

/// The dial of one pair.
fn dial(pair: &PairDial, tested: bool) -> String {
    let how = if pair.closed_form { "closed form" } else { "fitted" };
    let mut out = format!(
        "\nDIAL  `{}` against `{}`, {} rows, centroids {} apart; {how}\n",
        pair.positive,
        pair.negative,
        text::count(pair.rows),
        text::significant(pair.separation, 5)
    );
    let mut header = vec!["  lambda", ">angle", ">d_adv", ">d_err", ">errors"];
    header.extend(tested.then_some(">test errors"));
    let mut grid = Grid::new(&header);
    for point in spread(&pair.path) {
        let name = format!("  {}", text::significant(point.lambda, 3));
        grid.row(cells(name, &point.train, point.test_error, tested));
    }
    grid.row(cells("  this model".to_owned(), &pair.model, pair.model_test_error, tested));
    out.push_str(&grid.text());
    if let Some(steepest) = pair.steepest {
        out.push_str(&format!("  towards lambda 0 the angle tends to {steepest:.2}°\n"));
    }
    if let Some(crossing) = &pair.crossing {
        out.push_str(&format!("  {}\n", crossed(crossing)));
    }
    out
}

/// Points evenly over a path, both ends among them.
fn spread(path: &[DialPoint]) -> Vec<&DialPoint> {
    let last = path.len().saturating_sub(1);
    let count = path.len().min(SHOWN);
    let at = |k: usize| if count > 1 { (k * last + (count - 1) / 2) / (count - 1) } else { 0 };
    (0..count).filter_map(|k| path.get(at(k))).collect()
}

fn crossed(crossing: &Crossing) -> String {
    let limit = crossing.limit;
    match (crossing.lambda, crossing.exceeded_at) {
        (Some(0.0), _) => format!("the angle is within {limit}° at every strength"),
        (Some(lambda), None) => format!(
            "the angle is within {limit}° at every strength from {} on",
            text::significant(lambda, 4)
        ),
        (Some(lambda), Some(_)) => {
            format!("the angle is within {limit}° from lambda {} on", text::significant(lambda, 6))
        }
        (None, _) => format!("the angle is above {limit}° at every strength that was looked at"),
    }
}

/// All pairs in one table.
fn summary(report: &AngleReport) -> String {
    let limited = report.pairs.iter().any(|pair| pair.crossing.is_some());
    let mut header =
        vec!["  classes", ">angle", ">d_adv", ">errors", ">at small lambda", ">at large lambda"];
    header.extend(limited.then_some(">lambda at the limit"));
    let mut grid = Grid::new(&header);
    for pair in &report.pairs {
        let end = |point: Option<&DialPoint>| degrees(point.and_then(|point| point.train.degrees));
        let mut row = vec![
            format!("  {} - {}", pair.negative, pair.positive),
            degrees(pair.model.degrees),
            number(pair.model.d_adv, 4),
            text::percent(pair.model.error),
            end(pair.path.first()),
            end(pair.path.last()),
        ];
        if limited {
            row.push(number(pair.crossing.as_ref().and_then(|crossing| crossing.lambda), 4));
        }
        grid.row(row);
    }
    let ends = report.pairs.first().and_then(|pair| Some((pair.path.first()?, pair.path.last()?)));
    let ends = ends.map_or_else(String::new, |(first, last)| {
        let of = |point: &DialPoint| text::significant(point.lambda, 3);
        format!(", from lambda {} to {}", of(first), of(last))
    });
    format!(
        "\nDIALS  {} pairs of classes{ends}; --pair A,B shows one in full\n{}",
        report.pairs.len(),
        grid.text()
    )
}

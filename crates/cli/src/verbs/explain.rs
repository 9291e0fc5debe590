//! `explain`: why one row is answered as it is, by a model or by any program.

use std::time::Duration;

use linecall::audit::explain::{Method, RowFormat};
use linecall::explain::{
    Answer as Number, Answerer, Backdrop, Endpoint, ExplainOptions, Explained, Explanation, Means,
    Program, Representatives, Subject, Weighed, explain, representatives,
};
use linecall::{Pipeline, data};

use super::reading;
use crate::args::{BlackBox, Explain, MeansName, RowsName};
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Explain) -> Answer {
    let options = options(args)?;
    if let Some(answerer) = answerer(&args.asked)? {
        return answer(args, &Subject::BlackBox(&answerer), &args.files, &options);
    }
    let [file, data @ ..] = args.files.as_slice() else {
        return Err(Failure::usage("explain needs a model file and data"));
    };
    if data.is_empty() {
        return Err(Failure::usage(format!(
            "`{file}` is taken as the model file, and no data are named; write linecall explain MODEL \
             DATA, or name what answers with --command or --url"
        )));
    }
    let pipeline = Pipeline::load(file)?;
    answer(args, &Subject::Model { pipeline: &pipeline, file }, data, &options)
}

fn answer(
    args: &Explain,
    subject: &Subject<'_>,
    data: &[String],
    options: &ExplainOptions,
) -> Answer {
    let reading = reading::options(&args.reading, data)?;
    if let Some(count) = args.pick {
        let found = representatives(subject, data, count, &reading, options)?;
        return print(args, &found, picked);
    }
    let found = explain(subject, data, args.row.unwrap_or(0), &reading, options)?;
    print(args, &found, |found| page(found, options.top))
}

fn print<T: serde::Serialize>(args: &Explain, found: &T, page: impl Fn(&T) -> String) -> Answer {
    if args.common.json {
        output::say_json(&output::Versioned::new(found))?;
    } else {
        output::say(&page(found))?;
    }
    Ok(true)
}

/// What is asked, where it is not a model.
fn answerer(args: &BlackBox) -> Result<Option<Answerer>, Failure> {
    let timeout = Some(args.timeout).filter(|seconds| *seconds > 0.0);
    let timeout = timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let Some(timeout) = timeout.filter(|time| time.as_secs() <= 86_400) else {
        let seconds = args.timeout;
        return Err(Failure::usage(format!(
            "--timeout is {seconds}, expected seconds above 0 and up to a day"
        )));
    };
    if !(1..=1000).contains(&args.outputs) {
        return Err(Failure::usage(format!(
            "--outputs is {}, expected 1 to 1000 numbers a row",
            args.outputs
        )));
    }
    if let Some(line) = &args.command {
        let mut program = Program::parse(line)?;
        program.command.format = match args.rows_as {
            RowsName::Csv => RowFormat::Csv,
            RowsName::Jsonl => RowFormat::JsonLines,
        };
        program.command.timeout = timeout;
        program.command.outputs = args.outputs;
        program.command.probabilities = !args.scores;
        return Ok(Some(Answerer::Program(program)));
    }
    let Some(url) = &args.url else { return Ok(None) };
    let (outputs, probabilities) = (args.outputs, !args.scores);
    let endpoint = Endpoint { timeout, outputs, probabilities, ..Endpoint::new(url)? };
    Ok(Some(Answerer::Endpoint(endpoint)))
}

fn options(args: &Explain) -> Result<ExplainOptions, Failure> {
    let own = &args.asked;
    let schema = match &own.schema {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Failure::from(data::Error::io(file.as_str(), e)))?;
            Some(data::Schema::from_toml(&text, file)?)
        }
    };
    if own.output == Some(0) {
        return Err(Failure::usage("--output is 0; numbers are counted from 1"));
    }
    Ok(ExplainOptions {
        method: args.method.map(|method| match method {
            MeansName::Contributions => Means::Contributions,
            MeansName::Lime => Means::Lime,
            MeansName::Shap => Means::Shap,
        }),
        background: args.background.as_deref().map(Backdrop::parse).transpose()?,
        reference: (!args.reference.is_empty()).then(|| (&args.reference).into()),
        class: args.class.clone(),
        schema,
        fixed: own.fixed.clone(),
        output: own.output.map(|output| output - 1),
        kernel_width: args.kernel_width,
        ridge: args.ridge,
        samples: own.samples,
        precision: own.precision,
        level: own.level,
        batch: own.batch,
        seed: own.seed,
        stability: own.stability.unwrap_or(0),
        top: args.top,
        people: args.people,
        ..ExplainOptions::default()
    })
}

/// What is explained, in words.
fn subject(number: Number, class: Option<&str>, output: Option<usize>) -> String {
    match (number, class, output) {
        (Number::Score, Some(class), _) => format!("score of `{class}`"),
        (Number::Score, None, _) => "score".to_owned(),
        (Number::Probability, _, Some(output)) => format!("probability {output}"),
        (Number::Probability, ..) => "probability".to_owned(),
        (Number::Number, _, Some(output)) => format!("number {output}"),
        (Number::Number, ..) => "number".to_owned(),
    }
}

/// What rows are held against, in a sentence.
fn against(background: &str) -> String {
    if background.starts_with("row ") { background.to_owned() } else { format!("the {background}") }
}

/// The page of one row.
fn page(found: &Explanation, top: usize) -> String {
    let id = found.id.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default();
    let mut out =
        format!("row {}{id} of {}, answered by {}\n", found.row, found.data, found.subject.name);
    for own in &found.explanations {
        let what = subject(found.answer, own.class.as_deref(), own.output);
        out.push_str(&format!(
            "\nWHY  {what} {}; {} for {}\n",
            text::significant(own.prediction, 5),
            text::significant(own.background, 5),
            against(&found.background)
        ));
        out.push_str(&format!("  {}\n", how(found, own)));
        out.push_str(&columns(&own.columns, top));
        out.push_str(&fit(found.method, own));
    }
    out.push('\n');
    found.remarks.iter().for_each(|remark| out.push_str(&format!("! {remark}\n")));
    if let Some(sha256) = &found.subject.sha256 {
        out.push_str(&format!("model {} sha256 {sha256}\n", found.subject.name));
    }
    out
}

fn how(found: &Explanation, own: &Explained) -> String {
    let method = match found.method {
        Means::Contributions => "contributions, coefficient times distance from the background",
        Means::Lime => "LIME",
        Means::Shap => "Kernel SHAP",
    };
    let rows = text::count(own.masks);
    let level = text::percent(found.level.unwrap_or(0.95));
    match own.how {
        Method::ClosedForm => format!("{method}; exact, by a formula"),
        Method::AllMasks => format!("{method}; exact, all {rows} masks asked"),
        Method::Sampled => format!("{method}; {level} intervals from a sample of {rows} rows"),
        Method::SampledToLimit => {
            format!("{method}; {level} intervals from a sample of {rows} rows, its limit")
        }
    }
}

/// How far the linear model carries, and whether other seeds say the same.
fn fit(method: Means, own: &Explained) -> String {
    let mut out = String::new();
    if method == Means::Lime {
        out.push_str(&format!(
            "  from {}, LIME's line says {} here",
            text::significant(own.intercept, 4),
            text::significant(own.local_prediction, 4)
        ));
    } else {
        out.push_str("  the weights sum to the difference");
    }
    if let Some(r2) = own.r2 {
        out.push_str(&format!("; a line explains {} of the answers", text::percent(r2)));
    }
    out.push('\n');
    if let Some(agreed) = &own.stability {
        out.push_str(&format!(
            "  over {} seeds: the {} columns that matter most agree to {}, intervals to {}\n",
            agreed.explanations,
            agreed.top,
            text::percent(agreed.variables),
            text::percent(agreed.coefficients)
        ));
    }
    out
}

fn signed(value: f64) -> String {
    let text = text::significant(value, 4);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A text or number, short enough for a table.
fn short(value: &str) -> String {
    if let Ok(number) = value.parse::<f64>()
        && value.len() > 9
        && number.is_finite()
    {
        return text::significant(number, 4);
    }
    if value.chars().count() <= 32 {
        return value.to_owned();
    }
    let head: String = value.chars().take(31).collect();
    format!("{head}…")
}

fn columns(all: &[Weighed], top: usize) -> String {
    let wide = all.iter().any(|own| own.half_width > 0.0);
    let several = all.iter().any(|own| own.deviation.is_some());
    let mut header = vec!["  column", "holds", "background", ">adds"];
    header.extend(wide.then_some(">plus or minus"));
    header.extend(several.then_some(">st. dev. over seeds"));
    let mut grid = Grid::new(&header);
    for own in all.iter().take(top) {
        let mut cells = vec![
            format!("  {}", own.column),
            short(&own.value),
            own.background.as_deref().map_or_else(|| "(shares)".to_owned(), short),
            signed(own.weight),
        ];
        cells.extend(wide.then(|| text::significant(own.half_width, 2)));
        cells.extend(several.then(|| text::significant(own.deviation.unwrap_or(0.0), 2)));
        grid.row(cells);
    }
    if let Some(rest) = all.get(top..).filter(|rest| !rest.is_empty()) {
        let sum = rest.iter().map(|own| own.weight).sum();
        let mut cells =
            vec![format!("  {} others", rest.len()), String::new(), String::new(), signed(sum)];
        cells.resize(header.len(), String::new());
        grid.row(cells);
    }
    grid.text()
}

/// The page of picked rows.
fn picked(found: &Representatives) -> String {
    let looked = if found.considered == found.rows {
        format!("all {} rows", text::count(found.rows))
    } else {
        format!("{} of {} rows", text::count(found.considered), text::count(found.rows))
    };
    let what = subject(found.answer, found.class.as_deref(), None);
    let mut out = format!(
        "{} rows that show how {} answers, out of {looked} of {}\n  {what} against {}; each shows \
         its {} columns of largest weight\n",
        found.picks.len(),
        found.subject.name,
        found.data,
        against(&found.background),
        found.top
    );
    let share = |part: f64| text::percent(if found.total > 0.0 { part / found.total } else { 1.0 });
    for own in &found.picks {
        let id = own.id.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default();
        out.push_str(&format!("\nROW {}{id}  adds {}\n", own.row, share(own.adds)));
        out.push_str(&columns(&own.columns, found.top));
    }
    let proof = if found.exact {
        "no other rows show more, proved".to_owned()
    } else {
        format!("no other rows show more than {}", share(found.upper))
    };
    out.push_str(&format!(
        "\nThey show {} of what matters over all these rows; {proof}.\n",
        share(found.coverage)
    ));
    found.remarks.iter().for_each(|remark| out.push_str(&format!("! {remark}\n")));
    if let Some(sha256) = &found.subject.sha256 {
        out.push_str(&format!("model {} sha256 {sha256}\n", found.subject.name));
    }
    out
}

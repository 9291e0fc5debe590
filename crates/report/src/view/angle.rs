//! The dial of the L2 penalty as a page shows it.

use linecall::audit::angle::Tilt;
use linecall::{AngleReport, Crossing, DialPoint, PairDial, RowImage};

use super::panels::{About, PanelsPage, tile};
use super::section::{Section, TableView};
use crate::Error;
use crate::chart::{self, Cloud, Figure, Layout, Line, Words};
use crate::number::{fixed, percent, significant, whole};
use crate::text::shorten;

/// Most pairs that have a section of their own.
const PAIRS: usize = 6;

/// Most images that are drawn.
const IMAGES: usize = 12;

/// The page; `image` is the width and height of the pictures that rows are.
pub(crate) fn page(
    report: &AngleReport,
    image: Option<(usize, usize)>,
) -> Result<PanelsPage, Error> {
    let mut sections = Vec::new();
    if report.pairs.len() > 1 {
        sections.push(all(report));
    }
    for (k, pair) in report.pairs.iter().take(PAIRS).enumerate() {
        sections.push(dial(k, pair, report)?);
    }
    if let Some(room) = &report.room {
        let turned = room.rows.len() as u64 - room.fixed;
        let lines = vec![format!(
            "With every column between {} and {}, {} of {} rows can be turned to another call; the \
             least change has a median length of {} and a smallest of {}.",
            room.low,
            room.high,
            whole(turned),
            whole(room.rows.len() as u64),
            room.median.map_or("–".to_owned(), significant),
            room.least.map_or("–".to_owned(), significant),
        )];
        let title = "How little turns a call?".to_owned();
        sections.push(Section { id: "room", title, lines, ..Section::default() });
    }
    if !report.images.is_empty() {
        sections.push(images(report, image));
    }
    let about = About {
        kicker: "linecall angle",
        title: "The dial",
        heading: "How far the boundary tilts".to_owned(),
        version: &report.linecall,
        model: &report.model,
        data: &report.data,
        rows: report.rows,
        remarks: &report.remarks,
    };
    let tiles = match report.pairs.as_slice() {
        [pair] => vec![
            tile("Angle", degrees(&pair.model), "of the boundary to that of the nearest centroid"),
            tile(
                "Adversarial distance",
                pair.model.d_adv.map_or("–".to_owned(), significant),
                "mean distance of rows towards their own side",
            ),
            tile(
                "Error distance",
                pair.model.d_err.map_or("–".to_owned(), significant),
                "mean distance of rows on the wrong side",
            ),
            tile("Errors", percent(pair.model.error), "of the rows"),
        ],
        _ => Vec::new(),
    };
    let units =
        if report.standardized { "standard deviations" } else { "the columns’ own units" };
    let summary = vec![format!(
        "A strong L2 penalty turns the boundary across the line between the classes; a weak one \
         tilts it to save errors, and brings rows nearer to being called otherwise. Distances are in \
         {units}; strengths are those of the {} loss.",
        report.loss
    )];
    Ok(about.page(summary, tiles, sections))
}

fn degrees(tilt: &Tilt) -> String {
    tilt.degrees.map_or("–".to_owned(), |value| format!("{}°", fixed(value, 1)))
}

/// All pairs in one table.
fn all(report: &AngleReport) -> Section {
    let head = ["Classes", "Angle", "d_adv", "Errors", "At the smallest λ", "At the largest λ"];
    let end = |point: Option<&DialPoint>| point.map_or("–".to_owned(), |p| degrees(&p.train));
    let rows = report
        .pairs
        .iter()
        .map(|pair| {
            vec![
                format!("{} – {}", shorten(&pair.negative, 40), shorten(&pair.positive, 40)),
                degrees(&pair.model),
                pair.model.d_adv.map_or("–".to_owned(), significant),
                percent(pair.model.error),
                end(pair.path.first()),
                end(pair.path.last()),
            ]
        })
        .collect();
    let title = "Every pair of classes".to_owned();
    let mut hints = Vec::new();
    if report.pairs.len() > PAIRS {
        hints.push(format!("The first {PAIRS} pairs have a dial below; the JSON has all."));
    }
    let tables = vec![TableView::new(&head, rows)];
    Section { id: "pairs", title, tables, hints, ..Section::default() }
}

fn dial(k: usize, pair: &PairDial, report: &AngleReport) -> Result<Section, Error> {
    const IDS: [&str; PAIRS] = ["dial-1", "dial-2", "dial-3", "dial-4", "dial-5", "dial-6"];
    let mut figures: Vec<Figure> = Vec::new();
    let along = |of: &dyn Fn(&DialPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        pair.path.iter().filter_map(|point| Some((point.lambda, of(point)?))).collect()
    };
    let line =
        |label: &str, points| Line { label: label.to_owned(), points, dots: false, steps: false };
    let level = pair.crossing.as_ref().map(|c| (c.limit, format!("limit {}°", c.limit)));
    let place = pair.crossing.as_ref().and_then(place);
    let strength = "λ of the penalty";
    let angle = line("angle", along(&|point| point.train.degrees));
    let words = Words {
        id: &format!("angle-{k}"),
        title: "Tilting angle",
        subtitle: "Between the boundary and that of the nearest centroid.",
        x: strength,
        y: "degrees",
        caption: "0° is the boundary across the line between the centroids.",
    };
    let layout = Layout { log_x: true, level, place, ..Layout::default() };
    figures.extend(chart::plane(&words, &[angle], &[], &layout)?);
    let plain = Layout { log_x: true, ..Layout::default() };
    // Where a boundary has next to no slope it may be anywhere; such points would hide the others.
    let near = |distance: Option<f64>| distance.filter(|d| d.abs() <= pair.separation);
    let distances = [
        line("adversarial distance", along(&|point| near(point.train.d_adv))),
        line("error distance", along(&|point| near(point.train.d_err))),
    ];
    let words = Words {
        id: &format!("distance-{k}"),
        title: "Distances",
        subtitle: "What the dial trades for what.",
        x: strength,
        y: "distance",
        caption: "Towards the right rows are further from the boundary, and more of them on the \
                  wrong side. Distances beyond that of the centroids are not drawn.",
    };
    figures.extend(chart::plane(&words, &distances, &[], &plain)?);
    let mut errors = vec![line("these rows", along(&|point| Some(100.0 * point.train.error)))];
    if report.test.is_some() {
        errors.push(line("test rows", along(&|point| point.test_error.map(|e| 100.0 * e))));
    }
    let words = Words {
        id: &format!("errors-{k}"),
        title: "Errors",
        subtitle: "Share of rows on the wrong side.",
        x: strength,
        y: "percent",
        caption: "Where the curves of these rows and of test rows part, the boundary follows chance.",
    };
    figures.extend(chart::plane(&words, &errors, &[], &plain)?);
    figures.extend(plane(k, pair)?);
    let mut lines = vec![format!(
        "The centroids are {} apart, and this model’s boundary is tilted by {}.",
        significant(pair.separation),
        degrees(&pair.model)
    )];
    if let Some(steepest) = pair.steepest {
        lines.push(format!("Without a penalty the angle would tend to {}°.", fixed(steepest, 1)));
    }
    lines.extend(pair.crossing.as_ref().map(crossed));
    let (up, down) = (shorten(&pair.positive, 60), shorten(&pair.negative, 60));
    let title = format!("“{up}” against “{down}”");
    Ok(Section { id: IDS[k.min(PAIRS - 1)], title, lines, figures, ..Section::default() })
}

/// Where the limit is met, upright in the picture.
fn place(crossing: &Crossing) -> Option<(f64, String)> {
    let lambda = crossing.lambda.filter(|lambda| *lambda > 0.0)?;
    Some((lambda, format!("λ = {}", significant(lambda))))
}

fn crossed(crossing: &Crossing) -> String {
    let limit = crossing.limit;
    match crossing.lambda {
        Some(lambda) if lambda > 0.0 => {
            format!("The angle is within {limit}° from a strength of {} on.", significant(lambda))
        }
        Some(_) => format!("The angle is within {limit}° at every strength."),
        None => format!("The angle is above {limit}° at every strength that was looked at."),
    }
}

/// The tilting plane with the boundary as a line.
fn plane(k: usize, pair: &PairDial) -> Result<Option<Figure>, Error> {
    let Some(plane) = &pair.plane else { return Ok(None) };
    let cloud = |positive: bool, label: &str| Cloud {
        label: shorten(label, 40).to_string(),
        points: plane
            .rows
            .iter()
            .filter(|dot| dot.positive == positive)
            .map(|dot| (dot.z, dot.n))
            .collect(),
    };
    let clouds = [cloud(true, &pair.positive), cloud(false, &pair.negative)];
    // The foot of the boundary and the direction along it, far enough both ways.
    let reach = plane.rows.iter().map(|dot| dot.z.abs().max(dot.n.abs())).fold(1e-12, f64::max);
    let foot = (-plane.middle * plane.cos, -plane.middle * plane.sin);
    let steps = 400;
    let points = (0..=steps)
        .map(|s| 3.0 * reach * (2.0 * f64::from(s) / f64::from(steps) - 1.0))
        .map(|t| (foot.0 - t * plane.sin, foot.1 + t * plane.cos))
        .filter(|(x, y)| x.abs() <= 1.2 * reach && y.abs() <= 1.2 * reach);
    let boundary =
        Line { label: "boundary".to_owned(), points: points.collect(), dots: false, steps: false };
    let drawn = plane.rows.len() as u64;
    let words = Words {
        id: &format!("plane-{k}"),
        title: "The tilting plane",
        subtitle: &format!("{} rows seen so that the boundary is a line.", whole(drawn)),
        x: "along the line between the centroids",
        y: "across it, where the boundary leans",
        caption: "Distances from the line are the rows’ true distances from the boundary; both axes \
                  have the same scale.",
    };
    let layout = Layout { square: true, ..Layout::default() };
    chart::plane(&words, &[boundary], &clouds, &layout)
}

/// Rows beside their images.
fn images(report: &AngleReport, size: Option<(usize, usize)>) -> Section {
    let head = ["Row", "Class", "Called", "Nearest other", "Distance"];
    let rows = report.images.iter().map(|image| {
        vec![
            whole(image.row),
            shorten(&image.class, 40),
            shorten(&image.called, 40),
            shorten(&image.towards, 40),
            significant(image.distance),
        ]
    });
    let tables = vec![TableView::new(&head, rows.collect())];
    let figures = report.images.iter().take(IMAGES).filter_map(|image| picture(image, size?));
    Section {
        id: "images",
        title: "Rows and their images".to_owned(),
        lines: vec![
            "The nearest point of the boundary, and the mirror image: the same score with the other \
             sign."
                .to_owned(),
        ],
        figures: figures.collect(),
        tables,
        ..Section::default()
    }
}

fn picture(image: &RowImage, size: (usize, usize)) -> Option<Figure> {
    let mut rows: Vec<(&str, &[f64])> = vec![
        ("row", &image.values),
        ("on the boundary", &image.projected),
        ("mirror image", &image.mirrored),
    ];
    if let Some(bounded) = &image.bounded {
        rows.push(("within the box", bounded));
    }
    let drawings = chart::pictures(&format!("row-{}", image.row), &rows, size)?;
    Some(Figure {
        title: format!("Row {}", whole(image.row)),
        subtitle: format!("called {}, nearest to {}", image.called, image.towards),
        drawings,
        keys: Vec::new(),
        caption: format!("{} from the boundary.", significant(image.distance)),
    })
}

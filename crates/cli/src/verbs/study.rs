//! `study`: a paper's promise, simulated from a seed or measured on texts.

use linecall::Watch;
use linecall::data::read::Inputs;
use linecall::study::{self, Outcome, TextOptions};

use super::{fit, reading, study_texts};
use crate::args::{EncodingName, Study, StudyName};
use crate::failure::{Answer, Failure};
use crate::progress::Bar;
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Study) -> Answer {
    check_flags(args)?;
    let of_texts = args.name.is_of_texts();
    let texts = if of_texts { Some(texts(args)?) } else { None };
    if let Some(report) = &args.report {
        let read = texts.as_ref().map(|own| &own.read);
        let mut files = read.map_or_else(Vec::new, |read| reading::files(&args.data, read));
        files.extend(args.texts.test.clone());
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        output::check_target(report, &files)?;
    }
    let bar = Bar::new(args.common.quiet);
    bar.stage(if of_texts { "studying the texts" } else { "simulating" });
    let tick = |done: usize, total: usize| bar.progress(done as u64, total as u64);
    let outcome = match &texts {
        Some(options) => of_data(args, options, &tick)?,
        None => study::run(&settings(args)?, &tick)?,
    };
    bar.finish();
    if let Some(report) = &args.report {
        output::write_file(report, linecall_report::study_report(&outcome)?.as_bytes())?;
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&outcome))?;
    } else {
        output::say(&page(&outcome, args.report.as_deref()))?;
    }
    Ok(true)
}

/// Refuses a flag that means nothing to the study.
fn check_flags(args: &Study) -> Result<(), Failure> {
    use StudyName::{Adamixup, Curriculum, Encodings, Mixup, Surrogate, TextGrid};
    let (texts, reading) = (&args.texts, &args.reading);
    let meaning: [(&str, bool, &[StudyName]); 22] = [
        ("--rows", args.rows.is_some(), &[Mixup, Adamixup, Surrogate, Curriculum]),
        ("--columns", args.columns.is_some(), &[Mixup, Surrogate, Curriculum]),
        ("--draws", args.draws.is_some(), &[Mixup]),
        ("--steps", args.steps.is_some(), &[Adamixup, Surrogate, Curriculum]),
        ("--epochs", args.epochs.is_some(), &[Curriculum]),
        ("--target-rows", args.target_rows.is_some(), &[Curriculum]),
        ("--rate", args.rate.is_some(), &[Curriculum]),
        ("--outer-rate", args.outer_rate.is_some(), &[Curriculum]),
        ("--squared", args.squared, &[Surrogate]),
        ("DATA", !args.data.is_empty(), &[TextGrid, Encodings]),
        ("--target", texts.target.is_some(), &[TextGrid, Encodings]),
        ("--text", texts.text.is_some(), &[TextGrid, Encodings]),
        ("--schema", texts.schema.is_some(), &[TextGrid, Encodings]),
        ("--test", texts.test.is_some(), &[TextGrid, Encodings]),
        ("--max-features", texts.max_features.is_some(), &[TextGrid, Encodings]),
        ("--topics", texts.topics.is_some(), &[TextGrid]),
        ("--curve", texts.curve, &[TextGrid]),
        ("--format", reading.format.is_some(), &[TextGrid, Encodings]),
        ("--delimiter", reading.delimiter.is_some(), &[TextGrid, Encodings]),
        ("--names", reading.names.is_some(), &[TextGrid, Encodings]),
        ("--max-bytes", reading.max_bytes.is_some(), &[TextGrid, Encodings]),
        ("--encoding", !matches!(reading.encoding, EncodingName::Utf8), &[TextGrid, Encodings]),
    ];
    if let Some((flag, _, _)) =
        meaning.iter().find(|(_, given, names)| *given && !names.contains(&args.name))
    {
        return Err(Failure::usage(format!("{flag} means nothing to this study; leave it out")));
    }
    Ok(())
}

/// Which texts are studied.
fn texts(args: &Study) -> Result<TextOptions, Failure> {
    let own = &args.texts;
    if args.data.is_empty() {
        return Err(Failure::usage("which texts are to be studied? give DATA, a file of them"));
    }
    if own.target.is_none() && own.schema.is_none() {
        return Err(Failure::usage(
            "which column is to be predicted? give --target COLUMN or --schema FILE",
        ));
    }
    Ok(TextOptions {
        read: reading::options(&args.reading, &args.data)?,
        schema: own.schema.as_deref().map(fit::read_schema).transpose()?,
        target: own.target.clone(),
        text: own.text.clone(),
        test: own.test.clone(),
        seed: args.seed,
        max_features: own.max_features,
    })
}

fn of_data(
    args: &Study,
    options: &TextOptions,
    tick: &dyn Fn(usize, usize),
) -> Result<Outcome, Failure> {
    let data = Inputs::from(&args.data);
    if args.name == StudyName::Encodings {
        return Ok(Outcome::Encodings(study::encodings::study(data, options, tick)?));
    }
    let of = study::text_grid::Study::default();
    let topics = args.texts.topics.map_or(of.topics, |n| n as usize);
    let settings = study::text_grid::Study { topics, curve: args.texts.curve, ..of };
    Ok(Outcome::TextGrid(study::text_grid::study(data, options, &settings, tick)?))
}

/// The simulation that the flags ask for.
fn settings(args: &Study) -> Result<study::Study, Failure> {
    use StudyName::{Adamixup, Curriculum, Encodings, Mixup, Surrogate, TextGrid};
    let or = |given: Option<u32>, other: usize| given.map_or(other, |n| n as usize);
    let seed = args.seed;
    Ok(match args.name {
        Mixup => {
            let of = study::mixup::Study::default();
            study::Study::Mixup(study::mixup::Study {
                rows: or(args.rows, of.rows),
                columns: or(args.columns, of.columns),
                draws: or(args.draws, of.draws),
                masked_rows: (1_000 * or(args.rows, of.rows)).min(1_000_000),
                seed,
                ..of
            })
        }
        Adamixup => {
            let of = study::adamixup::Study::default();
            let outer = or(args.rows, of.outer);
            let steps = or(args.steps, of.steps);
            study::Study::Adamixup(study::adamixup::Study { outer, steps, seed, ..of })
        }
        Surrogate => {
            let of = study::surrogate::Study::default();
            study::Study::Surrogate(study::surrogate::Study {
                rows: or(args.rows, of.rows),
                columns: or(args.columns, of.columns),
                calls: or(args.steps, of.calls),
                squared: args.squared,
                seed,
                ..of
            })
        }
        Curriculum => {
            let of = study::curriculum::Study::default();
            study::Study::Curriculum(study::curriculum::Study {
                train: or(args.rows, of.train),
                target: or(args.target_rows, of.target),
                columns: or(args.columns, of.columns),
                steps: or(args.steps, of.steps),
                epochs: or(args.epochs, of.epochs),
                rate: args.rate.unwrap_or(of.rate),
                outer_rate: args.outer_rate,
                seed,
                ..of
            })
        }
        TextGrid | Encodings => return Err(Failure::usage("no simulation: a study of DATA")),
    })
}

fn page(outcome: &Outcome, report: Option<&str>) -> String {
    let mut out = match outcome {
        Outcome::Mixup(of) => mixup(of),
        Outcome::Adamixup(of) => adamixup(of),
        Outcome::Surrogate(of) => surrogate(of),
        Outcome::Curriculum(of) => curriculum(of),
        Outcome::TextGrid(of) => study_texts::grid(of),
        Outcome::Encodings(of) => study_texts::encodings(of),
    };
    if let Some(report) = report {
        out.push_str(&format!("Report: {report}\n"));
    }
    out
}

fn fixed(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "never".to_owned(), |v| v.to_string())
}

fn mixup(of: &study::mixup::StudyOutcome) -> String {
    let s = &of.study;
    let mut out = format!(
        "Cosine to the Bayes direction, {} columns, mean of {} draws of {} rows:\n",
        s.columns, s.draws, s.rows
    );
    let wanted = |who: &str| format!(">rows for {}, {who}", s.cosine);
    let (own, other) = (wanted("mixup"), wanted("plain"));
    let mut grid = Grid::new(&[
        ">kappa",
        ">exact mixup",
        ">sampled mixup",
        ">plain loss",
        ">separated",
        &own,
        &other,
    ]);
    for row in &of.rows {
        let most = s.sizes.last().map_or_else(String::new, |n| format!("over {n}"));
        let rows = |n: Option<usize>| n.map_or_else(|| most.clone(), |n| n.to_string());
        grid.row(vec![
            text::significant(row.kappa, 3),
            fixed(row.mixup, 4),
            fixed(row.sampled, 4),
            fixed(row.plain, 4),
            format!("{} of {}", row.separated, s.draws),
            rows(row.mixup_rows),
            rows(row.plain_rows),
        ]);
    }
    out.push_str(&grid.text());
    if let Some(m) = &of.masked {
        out.push_str(&format!(
            "\n{} rows of correlation 0.9: plain {:.5}, mixup {:.5}, columns mixed one by one {:.3}.\n",
            text::count(m.rows as u64),
            m.plain,
            m.mixup,
            m.masked
        ));
    }
    out
}

fn adamixup(of: &study::adamixup::StudyOutcome) -> String {
    let s = &of.study;
    let mut out = format!(
        "{} rows of A on both sides of {} rows of B, a radius of {}:\n",
        s.outer, s.inner, s.radius
    );
    let mut grid =
        Grid::new(&["trained on", ">accuracy", ">of B", ">log loss", ">mixtures that intrude"]);
    for row in &of.rows {
        grid.row(vec![
            row.method.clone(),
            text::percent(row.accuracy),
            text::percent(row.inner_accuracy),
            fixed(row.log_loss, 4),
            text::percent(row.intrusion),
        ]);
    }
    out.push_str(&grid.text());
    out
}

fn surrogate(of: &study::surrogate::StudyOutcome) -> String {
    let s = &of.study;
    let loss = if s.squared { "half squares" } else { "logistic loss" };
    let mut out = format!(
        "{} rows of {} columns, scales 1 to 1/{}, {loss}, optimum {:.6}; {} calls:\n",
        text::count(s.rows as u64),
        s.columns,
        s.condition,
        of.optimum,
        s.calls
    );
    let mut grid = Grid::new(&[">batch", "method", ">above the optimum", ">calls to within 1e-4"]);
    for row in &of.rows {
        grid.row(vec![
            row.batch.to_string(),
            row.method.clone(),
            format!("{:.1e}", row.above.max(0.0)),
            optional(row.to_accuracy),
        ]);
    }
    out.push_str(&grid.text());
    out
}

fn curriculum(of: &study::curriculum::StudyOutcome) -> String {
    let s = &of.study;
    let mut out = format!(
        "{} rows of {} columns, {} of the labels flipped; {} steps of {}, {} epochs of the policy:\n",
        s.train,
        s.columns,
        text::percent(s.noise),
        s.steps,
        s.rate,
        of.areas.len().saturating_sub(1),
    );
    let mut grid = Grid::new(&[
        "policy",
        ">mean desired loss",
        ">at the end",
        ">test loss",
        ">times as fast",
        ">similarity",
    ]);
    for row in &of.rows {
        grid.row(vec![
            row.policy.clone(),
            fixed(row.area, 4),
            fixed(row.desired, 4),
            fixed(row.test, 4),
            row.acceleration.map_or_else(|| "never there".to_owned(), |a| fixed(a, 2)),
            text::significant(row.similarity, 2),
        ]);
    }
    out.push_str(&grid.text());
    out.push_str(&format!(
        "\nMean weight under the optimal policy, as a multiple of a fair share: right labels {:.2}, \
         flipped labels {:.2}.\n",
        of.weight[0], of.weight[1]
    ));
    out
}

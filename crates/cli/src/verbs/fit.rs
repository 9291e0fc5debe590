//! `fit`: train, tune, check, save.

use std::ffi::OsString;

use linecall::data::Schema;
use linecall::data::infer::InferOptions;
use linecall::outcome::FitOutcome;
use linecall::tune::Rule;
use linecall::{ClassWeight, FitOptions, Fitted, Holdout, Loss, Penalty, Solver, Strength, fit};

use super::reading;
use crate::args::{Fit, LossName, PenaltyName, RuleName, SolverName};
use crate::failure::{Answer, Failure};
use crate::progress::Bar;
use crate::{output, text};

pub(crate) fn run(args: &Fit, arguments: &[OsString]) -> Answer {
    if args.target.is_none() && args.schema.is_none() && !is_matrix(args) {
        return Err(Failure::usage(
            "which column is to be predicted? give --target COLUMN or --schema FILE \
             (linecall describe DATA shows the columns)",
        ));
    }
    let options = options(args, arguments)?;
    let bar = Bar::new(args.common.quiet);
    let fitted = fit(&args.data, &options, &bar);
    bar.finish();
    let mut fitted = fitted?;
    save(&mut fitted, &args.output, args.report.as_deref())?;
    if args.common.json {
        output::say_json(&FitOutcome { curves: None, ..fitted.outcome })?;
    } else {
        output::say(&page(&fitted.outcome))?;
    }
    Ok(true)
}

/// Writes the model and, if asked for, the report.
pub(crate) fn save(fitted: &mut Fitted, model: &str, report: Option<&str>) -> Result<(), Failure> {
    fitted.outcome.model = Some(model.to_owned());
    fitted.outcome.report = report.map(str::to_owned);
    if let Some(report) = report {
        let html = linecall_report::fit_report(&fitted.outcome)?;
        output::write_file(report, html.as_bytes())?;
    }
    fitted.pipeline.save(model)?;
    Ok(())
}

fn is_matrix(args: &Fit) -> bool {
    reading::options(&args.reading)
        .and_then(|o| Ok(linecall::data::read::format_of(&args.data, &o)?))
        .is_ok_and(|f| f == linecall::data::read::Format::Libsvm)
}

fn options(args: &Fit, arguments: &[OsString]) -> Result<FitOptions, Failure> {
    let learning = &args.learning;
    Ok(FitOptions {
        read: reading::options(&args.reading)?,
        schema: args.schema.as_deref().map(read_schema).transpose()?,
        infer: InferOptions {
            target: args.target.clone(),
            positive: args.positive.clone(),
            favourable: args.favourable.clone(),
        },
        loss: match learning.loss {
            LossName::Logistic => Loss::Logistic,
            LossName::SquaredHinge => Loss::SquaredHinge,
        },
        penalty: match learning.penalty {
            PenaltyName::None => Penalty::None,
            PenaltyName::L2 => Penalty::l2(1.0),
            PenaltyName::L1 => Penalty::l1(1.0),
        },
        strength: strength(args)?,
        solver: match learning.solver {
            SolverName::Auto => Solver::Auto,
            SolverName::Newton => Solver::Newton,
            SolverName::TrustRegion => Solver::TrustRegion,
            SolverName::ProximalNewton => Solver::ProximalNewton,
        },
        class_weight: class_weight(&learning.class_weight)?,
        standardize: !learning.no_standardize,
        fit_intercept: !learning.no_intercept,
        holdout: match (&args.test, args.holdout) {
            (Some(file), _) => Holdout::Test(file.clone()),
            (None, 0.0) => Holdout::None,
            (None, share) => Holdout::Share(share),
        },
        seed: args.seed,
        command: command_line(arguments, false),
        recorded_command: command_line(arguments, true),
    })
}

fn read_schema(path: &str) -> Result<Schema, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| linecall::data::Error::io(path, e))?;
    Ok(Schema::from_toml(&text, path)?)
}

fn strength(args: &Fit) -> Result<Strength, Failure> {
    let learning = &args.learning;
    let rule = match learning.rule {
        RuleName::Min => Rule::Min,
        RuleName::OneSe => Rule::OneSe,
    };
    match (learning.penalty, learning.lambda, learning.c) {
        (PenaltyName::None, None, None) => Ok(Strength::Lambda(0.0)),
        (PenaltyName::None, _, _) => Err(Failure::usage("--penalty none takes no --lambda or --C")),
        (_, Some(lambda), _) => Ok(Strength::Lambda(lambda)),
        (_, _, Some(c)) => Ok(Strength::C(c)),
        _ if learning.no_tune => Err(Failure::usage(
            "--no-tune needs the strength of the penalty: --lambda NUMBER or --C NUMBER",
        )),
        _ => Ok(Strength::Tune { rule, folds: usize::from(learning.folds) }),
    }
}

fn class_weight(text: &str) -> Result<ClassWeight, Failure> {
    match text {
        "none" => return Ok(ClassWeight::None),
        "balanced" => return Ok(ClassWeight::Balanced),
        _ => {}
    }
    let weights = text
        .split(',')
        .map(|pair| {
            let (class, weight) = pair.rsplit_once('=')?;
            Some((class.to_owned(), weight.parse::<f64>().ok()?))
        })
        .collect::<Option<Vec<_>>>();
    weights.map(|weights| ClassWeight::Given { weights }).ok_or_else(|| {
        Failure::usage(format!(
            "--class-weight is `{text}`, expected `none`, `balanced` or CLASS=WEIGHT,..."
        ))
    })
}

/// The command that was given, quoted for a shell. The recorded form leaves out what does not
/// bear on the model (outputs, threads, talk) and the folders of files.
fn command_line(arguments: &[OsString], recorded: bool) -> String {
    const SILENT: [&str; 3] = ["--json", "--quiet", "-q"];
    const WITH_VALUE: [&str; 4] = ["-o", "--output", "--report", "--threads"];
    const FILES: [&str; 2] = ["--schema", "--test"];
    let mut words = vec!["linecall".to_owned()];
    let mut skip = false;
    let mut file = false;
    let mut positional = 0;
    for argument in arguments.iter().skip(1) {
        let word = argument.to_string_lossy().into_owned();
        let named = |set: &[&str]| {
            set.iter().any(|s| word == *s || (s.len() > 2 && word.starts_with(&format!("{s}="))))
        };
        if recorded && (skip || named(&SILENT) || named(&WITH_VALUE) || word.starts_with("-o")) {
            skip = !skip && WITH_VALUE.contains(&word.as_str());
            continue;
        }
        if !word.starts_with('-') {
            positional += 1;
        }
        let is_path = file || (positional == 2 && !word.starts_with('-'));
        file = FILES.contains(&word.as_str());
        words.push(quote(if recorded && is_path { base_name(&word) } else { &word }));
        if positional == 2 {
            positional += 1;
        }
    }
    words.join(" ")
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// What a fit found, for a terminal.
pub(crate) fn page(outcome: &FitOutcome) -> String {
    let mut out = heading(outcome);
    if let Some(tuning) = &outcome.tuning
        && let Some(point) = tuning.path.get(tuning.chosen)
    {
        out.push_str(&format!(
            "lambda {} by {}-fold {} cross-validation (rule {}; {} {:.4} +- {:.4})\n",
            text::significant(point.lambda, 3),
            tuning.folds,
            tuning.scheme,
            tuning.rule,
            tuning.criterion,
            point.mean,
            point.standard_error,
        ));
    }
    if let Some(metrics) = &outcome.holdout {
        out.push_str(&format!(
            "\nOn {} rows not trained on ({}):\n{}\n{}",
            text::count(outcome.holdout_rows),
            outcome.holdout_scheme,
            text::metrics(metrics),
            text::confusion(metrics),
        ));
    }
    out.push_str(&format!(
        "\nCoefficients of the saved model, fitted on all {} rows; strongest first:\n{}",
        text::count(outcome.classes.iter().map(|c| c.rows).sum()),
        text::coefficients(&outcome.coefficients, &outcome.score_classes, &outcome.intercept, 30),
    ));
    if !outcome.remarks.is_empty() {
        out.push_str(&format!("\n{}", text::remarks(&outcome.remarks)));
    }
    out.push_str(&ending(outcome));
    out
}

fn heading(outcome: &FitOutcome) -> String {
    let total: u64 = outcome.classes.iter().map(|c| c.rows).sum();
    let shares: Vec<String> = outcome
        .classes
        .iter()
        .map(|c| {
            let name = if c.label == c.class {
                format!("`{}`", c.class)
            } else {
                format!("`{}` {}", c.class, c.label)
            };
            format!("{name} {}", text::percent(c.rows as f64 / total.max(1) as f64))
        })
        .collect();
    let target = outcome.schema.as_ref().map_or("the label", |s| s.target.column.as_str());
    let mut out = format!(
        "{}: {} rows; {target}: {}\n",
        outcome.data.join(", "),
        text::count(total),
        shares.join(", "),
    );
    let good = outcome.schema.as_ref().and_then(|s| s.target.favourable.as_ref());
    if let [positive] = outcome.score_classes.as_slice() {
        out.push_str(&format!("A higher score speaks for `{positive}`"));
        if let Some(good) = good {
            out.push_str(&format!("; the favourable outcome is `{good}`"));
        }
        out.push_str(".\n");
    }
    out
}

fn ending(outcome: &FitOutcome) -> String {
    let c = &outcome.certificate;
    let gap = match c.duality_gap {
        Some(gap) if gap <= 1e-15 * c.objective.abs() => {
            ", the optimum to double precision".to_owned()
        }
        Some(gap) => format!(", at most {} above the optimum", text::significant(gap, 2)),
        None => String::new(),
    };
    let mut out = format!(
        "\nObjective {:.8}{gap}; residual {}; {} iterations, {} passes ({}).\n",
        c.objective,
        text::significant(c.residual, 2),
        c.iterations,
        c.passes,
        c.stop.describe(),
    );
    if let Some(model) = &outcome.model {
        out.push_str(&format!("Model: {model}\n"));
    }
    if let Some(report) = &outcome.report {
        out.push_str(&format!("Report: {report}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str], recorded: bool) -> String {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        command_line(&words, recorded)
    }

    #[test]
    fn the_command_is_quoted_for_a_shell() {
        let words = ["/bin/linecall", "fit", "a b.csv", "--target", "it's"];
        assert_eq!(line(&words, false), r"linecall fit 'a b.csv' --target 'it'\''s'");
    }

    #[test]
    fn the_recorded_command_leaves_out_folders_and_outputs() {
        let words = [
            "linecall",
            "fit",
            "/tmp/x/a.csv",
            "--target",
            "y/n",
            "-o",
            "out/m",
            "--threads",
            "2",
            "--schema",
            "conf/s.toml",
            "--report=r.html",
            "--quiet",
            "--seed",
            "3",
        ];
        let want = "linecall fit a.csv --target y/n --schema s.toml --seed 3";
        assert_eq!(line(&words, true), want);
    }

    #[test]
    fn class_weights_are_read() {
        let given = class_weight("a=b=2,c=0.5").ok();
        let weights = vec![("a=b".to_owned(), 2.0), ("c".to_owned(), 0.5)];
        assert_eq!(given, Some(ClassWeight::Given { weights }));
        assert!(class_weight("a:2").is_err());
    }
}

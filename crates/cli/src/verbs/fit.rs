//! `fit`: train, tune, check, save.

use std::ffi::OsString;

use linecall::data::infer::InferOptions;
use linecall::data::read::format_of;
use linecall::data::{Certificate, FitCertificate, Schema};
use linecall::ecoc::CodeSettings;
use linecall::outcome::FitOutcome;
use linecall::tune::Rule;
use linecall::{
    Bounds, ClassWeight, ColumnRules, DecideOptions, FitOptions, Fitted, Holdout, Multiclass,
    Penalty, Solver, StreamOptions, Strength, fit,
};

use super::{command, decide, learner, reading};
use crate::args::{
    Fit, LearnerName, Learning, MulticlassName, PenaltyName, Reading, RuleName, SolverName,
};
use crate::failure::{Answer, Failure};
use crate::progress::Bar;
use crate::{output, text};

pub(crate) fn run(args: &Fit, arguments: &[OsString]) -> Answer {
    if args.target.is_none() && args.schema.is_none() && needs_target(&args.reading, &args.data) {
        return Err(Failure::usage(
            "which column is to be predicted? give --target COLUMN or --schema FILE \
             (linecall describe DATA shows the columns)",
        ));
    }
    let options = options(args, arguments)?;
    let files = reading::files(&args.data, &options.read);
    let inputs: Vec<&str> = files
        .iter()
        .chain(&args.schema)
        .chain(&args.test)
        .chain(&args.labels)
        .chain(&args.test_labels)
        .map(String::as_str)
        .collect();
    for path in std::iter::once(&args.output).chain(&args.report) {
        output::check_target(path, &inputs)?;
    }
    if args.report.as_ref().is_some_and(|report| output::same_place(report, &args.output)) {
        return Err(Failure::usage(format!(
            "{}: --output and --report name the same file; give the report another name",
            args.output
        )));
    }
    let bar = Bar::new(args.common.quiet);
    let fitted = fit(&args.data, &options, &bar);
    bar.finish();
    let mut fitted = match fitted {
        Ok(fitted) => fitted,
        Err(error) => return decide::unreachable(error, args.common.json),
    };
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

/// Whether the data are a table whose format does not say which column is the target. What cannot
/// be told is refused when it is read.
pub(super) fn needs_target(reading: &Reading, data: &[String]) -> bool {
    reading::options(reading, data)
        .and_then(|options| Ok(format_of(data, &options)?))
        .is_ok_and(|format| !format.is_matrix() && format.target().is_none())
}

fn options(args: &Fit, arguments: &[OsString]) -> Result<FitOptions, Failure> {
    let learning = &args.learning;
    let learner = learner::learner(args, &command::given(arguments))?;
    Ok(FitOptions {
        read: reading::labelled(&args.reading, &args.data, args.labels.as_ref())?,
        schema: args.schema.as_deref().map(read_schema).transpose()?,
        infer: InferOptions {
            target: args.target.clone(),
            positive: args.positive.clone(),
            favourable: args.favourable.clone(),
            multilabel: None,
        },
        multilabel: reading::mark(args.multilabel.as_deref())?,
        binarize: args.direct.binarize,
        binning: None,
        text: args
            .texts
            .used(args.schema.is_some(), args.direct.learner == LearnerName::Embedding)?,
        loss: learning.loss.clone(),
        multiclass: multiclass(learning.multiclass),
        codes: codes(learning)?,
        columns: column_rules(learning)?,
        vicinal: learning.vicinal,
        penalty: penalty(learning)?,
        strength: if learner.is_some() { Strength::Lambda(0.0) } else { strength(learning)? },
        learner,
        solver: solver(learning.solver),
        tolerance: learning.tolerance,
        class_weight: class_weight(&learning.class_weight)?,
        standardize: !learning.no_standardize,
        fit_intercept: !learning.no_intercept,
        holdout: match (&args.test, args.holdout) {
            (Some(file), _) => Holdout::Test(file.clone()),
            (None, 0.0) => Holdout::None,
            (None, share) => Holdout::Share(share),
        },
        stream: learning.stream.then(|| {
            let epochs = args.direct.epochs.map(u64::from);
            epochs.map_or_else(StreamOptions::default, |epochs| StreamOptions { epochs })
        }),
        test_labels: args.test_labels.clone(),
        decide: decide::asked(&args.asked)?.map(DecideOptions::new),
        seed: args.seed,
        command: command::typed(arguments),
        recorded_command: command::recorded(arguments),
    })
}

pub(super) fn solver(name: SolverName) -> Solver {
    match name {
        SolverName::Auto => Solver::Auto,
        SolverName::Newton => Solver::Newton,
        SolverName::TrustRegion => Solver::TrustRegion,
        SolverName::ProximalNewton => Solver::ProximalNewton,
        SolverName::InteriorPoint => Solver::InteriorPoint,
        SolverName::DualDescent => Solver::DualDescent,
        SolverName::Adam => Solver::Adam,
        SolverName::AveragedSgd => Solver::AveragedSgd,
    }
}

pub(super) fn multiclass(name: MulticlassName) -> Multiclass {
    match name {
        MulticlassName::Auto | MulticlassName::Codes => Multiclass::Auto,
        MulticlassName::OneVsRest => Multiclass::OneVsRest,
    }
}

/// The words of the classes, where there are to be such.
pub(super) fn codes(learning: &Learning) -> Result<Option<CodeSettings>, Failure> {
    let length = learning.code_length;
    match (learning.multiclass, length) {
        (MulticlassName::Codes, _) => Ok(Some(CodeSettings { length, ..CodeSettings::default() })),
        (_, Some(_)) => Err(Failure::usage("--code-length is for --multiclass codes")),
        _ => Ok(None),
    }
}

pub(super) fn penalty(learning: &Learning) -> Result<Penalty, Failure> {
    if learning.l1_ratio.is_some() && learning.penalty != PenaltyName::ElasticNet {
        return Err(Failure::usage("--l1-ratio is for --penalty elastic-net"));
    }
    Ok(match learning.penalty {
        PenaltyName::None => Penalty::None,
        PenaltyName::L2 => Penalty::l2(1.0),
        PenaltyName::L1 => Penalty::l1(1.0),
        PenaltyName::ElasticNet => Penalty::elastic_net(1.0, learning.l1_ratio.unwrap_or(0.5)),
        PenaltyName::GroupLasso => Penalty::group_lasso(1.0),
    })
}

/// What is particular about some columns.
pub(super) fn column_rules(learning: &Learning) -> Result<ColumnRules, Failure> {
    let number = |flag: &str, whole: &str, text: &str| {
        text.parse::<f64>()
            .map_err(|_| Failure::usage(format!("{flag} is `{whole}`: `{text}` is no number")))
    };
    let split = |flag: &str, shape: &str, text: &str| -> Result<(String, String), Failure> {
        let (column, rest) = text
            .rsplit_once('=')
            .ok_or_else(|| Failure::usage(format!("{flag} is `{text}`, expected {shape}")))?;
        Ok((column.to_owned(), rest.to_owned()))
    };
    let mut rules = ColumnRules::default();
    for text in &learning.penalty_factor {
        let (column, factor) = split("--penalty-factor", "COLUMN=FACTOR", text)?;
        rules.factors.push((column, number("--penalty-factor", text, &factor)?));
    }
    for text in &learning.bounds {
        let (column, range) = split("--bounds", "COLUMN=LOW:HIGH", text)?;
        let (low, high) = range.split_once(':').ok_or_else(|| {
            Failure::usage(format!("--bounds is `{text}`, expected COLUMN=LOW:HIGH"))
        })?;
        let end = |end: &str| (!end.is_empty()).then(|| number("--bounds", text, end)).transpose();
        rules.bounds.push(Bounds { column, low: end(low)?, high: end(high)? });
    }
    Ok(rules)
}

pub(super) fn read_schema(path: &str) -> Result<Schema, Failure> {
    let bytes = std::fs::read(path).map_err(|e| linecall::data::Error::io(path, e))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!(
            "{path}: is not UTF-8 text, so not a schema; `linecall describe DATA -o FILE` writes one"
        ))
    })?;
    Ok(Schema::from_toml(&text, path)?)
}

pub(super) fn strength(learning: &Learning) -> Result<Strength, Failure> {
    let rule = match learning.rule {
        None | Some(RuleName::Min) => Rule::Min,
        Some(RuleName::OneSe) => Rule::OneSe,
    };
    match (learning.penalty, learning.lambda, learning.c) {
        (PenaltyName::None, None, None) if learning.rule.is_some() || learning.folds.is_some() => {
            Err(Failure::usage("--penalty none has nothing to tune: leave out --rule and --folds"))
        }
        (PenaltyName::None, None, None) => Ok(Strength::Lambda(0.0)),
        (PenaltyName::None, _, _) => Err(Failure::usage("--penalty none takes no --lambda or --C")),
        (_, Some(lambda), _) => Ok(Strength::Lambda(lambda)),
        (_, _, Some(c)) => Ok(Strength::C(c)),
        _ if learning.no_tune => Err(Failure::usage(
            "--no-tune needs the strength of the penalty: --lambda NUMBER or --C NUMBER",
        )),
        _ => Ok(Strength::Tune { rule, folds: usize::from(learning.folds.unwrap_or(10)) }),
    }
}

pub(super) fn class_weight(text: &str) -> Result<ClassWeight, Failure> {
    match text {
        "none" => return Ok(ClassWeight::None),
        "balanced" => return Ok(ClassWeight::Balanced),
        _ => {}
    }
    super::by_class(text).map(|weights| ClassWeight::Given { weights }).ok_or_else(|| {
        Failure::usage(format!(
            "--class-weight is `{text}`, expected `none`, `balanced` or CLASS=WEIGHT,..."
        ))
    })
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
    let rows = text::count(outcome.holdout_rows);
    let which = match outcome.holdout_scheme.as_str() {
        "test file" => format!("On the {rows} rows of the test file"),
        scheme => format!("On {rows} rows not trained on ({scheme})"),
    };
    if let Some(measured) = text::measured(outcome.holdout.as_ref(), outcome.holdout_sets.as_ref())
    {
        out.push_str(&format!("\n{which}:\n{measured}"));
    }
    if !outcome.coefficients.is_empty() || outcome.tokens.is_empty() {
        let (rows, names) = (&outcome.coefficients, &outcome.score_classes);
        out.push_str(&format!(
            "\nCoefficients of the saved model, fitted on all {} rows; strongest first:\n{}",
            text::count(outcome.rows()),
            text::coefficients(rows, names, &outcome.intercept, 30),
        ));
    }
    out.push_str(&text::tokens(&outcome.tokens, 12));
    if let Some(decision) = &outcome.decision {
        out.push_str(&format!(
            "\nAfter the model a rule: {}\n{}",
            decision.asked,
            decide::page(decision)
        ));
    }
    if !outcome.remarks.is_empty() {
        out.push_str(&format!("\n{}", text::remarks(&outcome.remarks)));
    }
    out.push_str(&ending(outcome));
    out
}

fn heading(outcome: &FitOutcome) -> String {
    let total = outcome.rows();
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
    let sets = if outcome.multilabel { "any of " } else { "" };
    let target = outcome.schema.as_ref().map_or("the label", |s| s.target.column.as_str());
    let mut out = format!(
        "{}: {} rows; {target}: {sets}{}\n",
        outcome.data.join(", "),
        text::count(total),
        shares.join(", "),
    );
    let good = outcome.schema.as_ref().and_then(|s| s.target.favourable.as_ref());
    if let ([positive], false) = (outcome.score_classes.as_slice(), outcome.multilabel) {
        out.push_str(&format!("A higher score speaks for `{positive}`"));
        if let Some(good) = good {
            out.push_str(&format!("; the favourable outcome is `{good}`"));
        }
        out.push_str(".\n");
    }
    out
}

fn ending(outcome: &FitOutcome) -> String {
    let mut out = match &outcome.certificate {
        Certificate::Fit(c) => optimum(c),
        Certificate::Direct(c) => text::direct(c),
        Certificate::Code(c) => format!("{}{}", text::codes(c), optimum(&c.bits)),
        _ => String::new(),
    };
    if let Some(stream) = &outcome.stream {
        out.push_str(&format!(
            "Learnt from a stream, {} epochs, {} passes in all; beside a batch of rows the \
             learners took at most {} MiB.\n",
            stream.epochs,
            stream.passes,
            text::significant(stream.memory as f64 / f64::from(1 << 20), 3),
        ));
    }
    if let Some(model) = &outcome.model {
        out.push_str(&format!("Model: {model}\n"));
    }
    if let Some(report) = &outcome.report {
        out.push_str(&format!("Report: {report}\n"));
    }
    out
}

fn optimum(c: &FitCertificate) -> String {
    let gap = match c.duality_gap {
        Some(gap) if gap <= 1e-15 * c.objective.abs() => {
            ", the optimum to double precision".to_owned()
        }
        Some(gap) => format!(", at most {} above the optimum", text::significant(gap, 2)),
        None => String::new(),
    };
    let zero = match c.proved_zero {
        Some(1) => "1 coefficient is 0 in every optimum, which is proved.\n".to_owned(),
        Some(zero) if zero > 1 => {
            format!("{} coefficients are 0 in every optimum, which is proved.\n", text::count(zero))
        }
        _ => String::new(),
    };
    format!(
        "\nObjective {:.8}{gap}; residual {}; {} iterations, {} passes ({}).\n{zero}",
        c.objective,
        text::significant(c.residual, 2),
        c.iterations,
        c.passes,
        c.stop.describe(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_weights_are_read() {
        let given = class_weight("a=b=2,c=0.5").ok();
        let weights = vec![("a=b".to_owned(), 2.0), ("c".to_owned(), 0.5)];
        assert_eq!(given, Some(ClassWeight::Given { weights }));
        assert!(class_weight("a:2").is_err());
    }
}

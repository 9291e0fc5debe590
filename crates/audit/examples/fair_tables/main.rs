//! Bias scoring on adult and COMPAS, for the comparison with fairlearn (`bench/fairness.py`).
//!
//! `fair_tables TABLES OUT` reads `TABLES/adult` and `TABLES/compas` and writes, for each task, the
//! probabilities, classes and groups that a peer is to start from (`OUT/K.csv`), and what our rules
//! make of them (`OUT/ours.json`).

mod tables;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use linecall_audit::fairness::bias::{
    BiasOptions, Criterion, GroupModels, accuracy_fairness_curve, evaluate_rule, fit_rule,
};
use linecall_audit::fairness::{GroupOptions, Outcomes};
use linecall_linear::LinearModel;
use serde_json::{Value, json};
use tables::{People, Task};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: fair_tables TABLES OUT".into());
    };
    let (folder, out) = (Path::new(&folder), Path::new(&out));
    std::fs::create_dir_all(out)?;
    let tasks = [
        tables::adult(folder, true)?,
        tables::adult(folder, false)?,
        tables::compas(folder, true)?,
        tables::compas(folder, false)?,
    ];
    let mut results = Vec::new();
    for (k, task) in tasks.iter().enumerate() {
        let model = task.model.model()?;
        let mut text = "part,truth,group,probability\n".to_owned();
        for (part, people) in [("rule", &task.rule), ("test", &task.test)] {
            write_rows(&mut text, part, people, &model, task.favourable)?;
        }
        std::fs::write(out.join(format!("{k}.csv")), text)?;
        results.push(measure(task, &model, k)?);
    }
    std::fs::write(out.join("ours.json"), serde_json::to_string_pretty(&results)?)?;
    Ok(())
}

fn write_rows(
    text: &mut String,
    part: &str,
    people: &People,
    model: &LinearModel,
    favourable: usize,
) -> Result<(), Box<dyn Error>> {
    let own = Outcomes::of(model, &people.design, Some(&people.labels), favourable, None)?;
    let groups = people.attributes[0].groups.codes();
    let (actual, probability) =
        (own.actual.unwrap_or_default(), own.probability.unwrap_or_default());
    for ((truth, p), group) in actual.iter().zip(&probability).zip(groups) {
        writeln!(text, "{part},{},{group},{p}", u8::from(*truth))?;
    }
    Ok(())
}

fn measure(task: &Task, model: &LinearModel, k: usize) -> Result<Value, Box<dyn Error>> {
    let (rule, test) = (task.rule.sample(), task.test.sample());
    let mut found = Vec::new();
    for criterion in
        [Criterion::DemographicParity, Criterion::EqualOpportunity, Criterion::EqualisedOdds]
    {
        let favourable = Some(task.favourable);
        let options = BiasOptions { favourable, ..BiasOptions::one(criterion, 0.001) };
        let models = GroupModels::fit(model, &task.model.sample(), &options)?;
        let began = Instant::now();
        let fit = fit_rule(model, &models, &rule, &options)?;
        let seconds = began.elapsed().as_secs_f64();
        let options_of = GroupOptions::default();
        let on_rule = evaluate_rule(&fit.rule, model, &rule, &options_of)?;
        let held_out = evaluate_rule(&fit.rule, model, &test, &options_of)?;
        let deltas = [0.001, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2];
        let curve = accuracy_fairness_curve(model, &models, &rule, Some(&test), &options, &deltas)?;
        let points = curve.iter().map(|point| {
            let after = point.held_out.as_ref();
            let gaps = after.iter().flat_map(|e| &e.gaps).filter_map(|g| g.gap.as_ref());
            json!({
                "delta": point.delta,
                "accuracy": after.map(|e| e.accuracy.value),
                "gap": gaps.map(|g| g.value).fold(0.0, f64::max),
            })
        });
        found.push(json!({
            "criterion": criterion,
            "seconds": seconds,
            "met": fit.met,
            "relaxed": fit.relaxed,
            "rounding_cost": fit.rounding_cost,
            "before": fit.before,
            "after": fit.after,
            "rule_rows": { "accuracy": on_rule.accuracy, "gaps": on_rule.gaps },
            "test_rows": {
                "accuracy": held_out.accuracy,
                "gaps": held_out.gaps,
                "accuracy_before": held_out.accuracy_before,
                "gaps_before": held_out.gaps_before,
                "turned": [held_out.turned_to_favourable.value, held_out.turned_to_unfavourable.value],
            },
            "curve": points.collect::<Vec<Value>>(),
        }));
    }
    Ok(json!({ "task": task.name, "file": format!("{k}.csv"), "found": found }))
}

//! The golden models that have a rule of calls after them, and a recipe.

use linecall::decide::{
    Alternative, By, CostMatrix, DecisionData, DecisionFit, DecisionPost, Figures, Optimism, Rule,
    ScoresOf, Task,
};
use linecall::{HeldOut, Pipeline, PostRule, Program, ReadingRecord, Recipe, Result, Strength};
use linecall_data::{ColumnHash, Fingerprint};
use linecall_linear::metrics::Interval;
use linecall_linear::tune::Rule as Choice;

fn around(value: f64) -> Interval {
    Interval { value, low: value - 0.125, high: value + 1.0 / 30.0 }
}

fn figures(share: f64, cost: f64) -> Figures {
    Figures {
        flagged: Some(around(share)),
        precision: Some(around(0.75)),
        recall: None,
        accuracy: around(0.8),
        cost: Some(around(cost)),
    }
}

fn post(task: Task, rule: Rule, above: Option<f64>) -> DecisionPost {
    DecisionPost {
        task,
        rule,
        fit: DecisionFit {
            threshold: above.map(around),
            probability: above.map(|_| 1.0 / 6.0),
            plain: figures(0.25, 0.5),
            after: figures(0.375, 0.3),
            saved: Some(around(0.2)),
            optimism: Optimism { cost: Some(-1e-17), ..Optimism::default() },
            other: above.map(|above| Alternative {
                by: By::Probabilities,
                above: above - 1.0,
                cost: around(0.4),
                more: around(0.1),
            }),
            reached: 0.999,
            level: 0.9,
            replicates: 500,
        },
        data: DecisionData {
            fingerprint: Fingerprint { rows: 300, columns: 7, sha256: "0b".repeat(32) },
            scores: ScoresOf::CrossValidated { folds: 10, scheme: "stratified".to_owned() },
            seed: u64::MAX,
            rows: 299,
        },
        command: "linecall decide m.linecall people.csv --cost-matrix fp=1,fn=5".to_owned(),
    }
}

pub(super) fn recipe() -> Recipe {
    Recipe {
        program: Program { linecall: "0.1.0".to_owned(), build: "0123456789abcdef".to_owned() },
        strength: Strength::Tune { rule: Choice::OneSe, folds: 5 },
        holdout: HeldOut::Test {
            fingerprint: Fingerprint { rows: 100, columns: 7, sha256: "0c".repeat(32) },
            labels: None,
        },
        stream: None,
        binning: None,
        card: None,
        reading: ReadingRecord {
            format: Some("CSV".to_owned()),
            latin1: true,
            delimiter: Some(';'),
            names: Some(vec!["a".to_owned(), "größe".to_owned()]),
        },
        columns: vec![ColumnHash { column: "größe".to_owned(), hash: "00ff".repeat(4) }],
        labels: None,
        forgotten: 0,
    }
}

/// The binary model with a threshold of its own, and a record of what its fit was asked.
pub(crate) fn decided(mut pipeline: Pipeline) -> Result<Pipeline> {
    let amounts = vec![vec![0.0, 1.0], vec![5.0, -0.5]];
    let task = Task::Cost { costs: CostMatrix { amounts, value: false }, by: By::Scores };
    let above = -1.609_437_912_434_100_3;
    let rule = Rule::Score { above };
    pipeline.post = Some(PostRule::Decision(Box::new(post(task, rule, Some(above)))));
    pipeline.training.recipe = Some(recipe());
    Ok(pipeline)
}

/// The model of three classes that calls the class of least expected cost.
pub(crate) fn costed(mut pipeline: Pipeline) -> Result<Pipeline> {
    let amounts = vec![vec![0.0, 1.0, 2.0], vec![1.0 / 3.0, 0.0, 7.0], vec![9.0, 4.0, 0.0]];
    let costs = CostMatrix { amounts, value: true };
    let task = Task::Cost { costs: costs.clone(), by: By::Probabilities };
    pipeline.post = Some(PostRule::Decision(Box::new(post(task, Rule::Cost { costs }, None))));
    pipeline.training.recipe =
        Some(Recipe { strength: Strength::C(0.1), holdout: HeldOut::None, ..recipe() });
    Ok(pipeline)
}

//! The golden model that has a rule after it.

use linecall::audit::fairness::bias::{
    BiasRule, Condition, Constraint, Criterion, GroupModel, Guarantee, Margin, PlainModel, Standing,
};
use linecall::{BiasPost, Pipeline, PostRule, Result, RuleData, RuleFit};
use linecall_data::Fingerprint;
use linecall_linear::{LinearModel, Link};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn standing(gap: f64) -> Standing {
    Standing {
        gaps: vec![gap],
        modelled_gaps: vec![gap],
        expected_accuracy: 0.8,
        accuracy: 0.75,
        favourable: 0.5,
    }
}

/// The binary model with a rule that looks at its second column alone.
pub(crate) fn ruled(mut pipeline: Pipeline) -> Result<Pipeline> {
    let coef = vec![vec![0.0, 2.0, 0.0, 0.0, 0.0, 0.0]];
    let group = LinearModel::new(coef, vec![-1.0], words("0 1"), 1, Link::Logistic)?;
    let condition = Condition {
        criterion: Criterion::DemographicParity,
        attribute: 0,
        given: None,
        prior: vec![0.6, 0.4],
        multiplier: vec![0.25, -0.25],
    };
    let model = GroupModel {
        attribute: "town".to_owned(),
        groups: words("east west"),
        joint: false,
        model: PlainModel::of(&group),
    };
    let margin = Margin::ClopperPearson { alpha: 0.05 };
    pipeline.post = Some(PostRule::BiasScoring(BiasPost {
        constraints: vec![Constraint {
            criterion: Criterion::DemographicParity,
            attribute: 0,
            delta: 0.05,
        }],
        margin,
        rule: BiasRule { favourable: 1, models: vec![model], conditions: vec![condition] },
        fit: RuleFit {
            before: standing(0.25),
            after: standing(1.0 / 30.0),
            met: true,
            turned: [0.1, -0.0],
            rounding_cost: -1e-17,
            guarantee: Some(Guarantee { margin, upper: vec![0.1], holds: false }),
        },
        data: RuleData {
            fingerprint: Fingerprint { rows: 300, columns: 7, sha256: "0a".repeat(32) },
            holdout: 0.3,
            group_share: 0.5,
            seed: u64::MAX,
            group_rows: 105,
            rows: 105,
        },
        command: "linecall fair m.linecall people.csv --group town".to_owned(),
    }));
    Ok(pipeline)
}

//! What people can change, and the rules that bind columns: what is accepted gives ways that the model
//! calls as wished, in order.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use linecall::audit::Inputs;
use linecall::audit::recourse::{ActionOptions, ActionSet, Aim, Flipset, Listing, Recourse, Spec};
use linecall::{LinearModel, Link};
use linecall_data::Design;
use linecall_search::Limits;

const NAMES: [&str; 5] = ["income", "debt", "share", "cards", "married"];

fn people() -> &'static Design {
    static PEOPLE: OnceLock<Design> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let row = |i: i32| {
            let (income, debt) = (f64::from(1 + i % 6), f64::from(i % 4));
            vec![income, debt, debt / income, f64::from(i % 3), f64::from(i % 2)]
        };
        let rows: Vec<Vec<f64>> = (0..24).map(row).collect();
        Design::from_rows(&rows, &NAMES).expect("rows of five numbers")
    })
}

/// The check.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let line = |text: String| assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
    let spec = match Spec::from_toml(text, "actions.toml") {
        Ok(spec) => spec,
        Err(error) => return line(error.to_string()),
    };
    // A step that makes many values is allowed, and slow; what is looked for is found without.
    if spec.columns.iter().any(|(_, own)| own.step.is_some_and(|step| step < 0.25)) {
        return;
    }
    if spec
        .columns
        .iter()
        .any(|(_, own)| own.lowest.into_iter().chain(own.highest).any(|bound| bound.abs() > 20.0))
    {
        return;
    }
    let people = people();
    let inputs = Inputs::of_columns(people.columns());
    let actions = match ActionSet::new(inputs, &spec, people, &ActionOptions::default()) {
        Ok(actions) => actions,
        Err(error) => return line(error.to_string().replace(text, "")),
    };
    let classes = ["no", "yes"].map(str::to_owned).to_vec();
    let coef = vec![vec![0.5, -0.75, -1.0, -0.25, 0.5]];
    let model = LinearModel::new(coef, vec![-1.5], classes, 1, Link::Logistic).expect("a model");
    let recourse = Recourse::new(&model, &actions, Aim::default()).expect("the same columns");
    let limits =
        Limits { deadline: Some(Instant::now() + Duration::from_millis(200)), ..Limits::default() };
    let row = [2.0, 3.0, 1.5, 1.0, 0.0];
    match recourse.flipset(&row, 3, Listing::Distinct, &limits) {
        Ok(Flipset::Ways { ways, .. }) => {
            let mut last = 0.0;
            for way in ways {
                assert!(way.cost >= last - 1e-9 && recourse.holds(&way.row), "{way:?}");
                last = way.cost;
            }
        }
        Ok(_) => {}
        Err(error) => line(error.to_string().replace(text, "")),
    }
}

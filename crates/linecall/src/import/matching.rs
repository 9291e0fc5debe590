//! Features of another program, found among the columns of a front end.

use std::collections::HashMap;

use linecall_data::{Error, ErrorKind, Place};
use linecall_features::{ColumnRecipe, Encoding, OnMissing, TableFrontEnd};

use super::refuse;

/// What a feature is of the user's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Meant {
    /// The number of a recipe (or the rank of its level).
    Number(usize),
    /// A level of a recipe.
    Level(usize, usize),
    /// A boolean with levels that are numbers, as that number.
    Truth(usize),
    /// A missing cell.
    Missing(usize),
    /// A bin of a recipe: a step, or a group of levels.
    Bin(usize, usize),
}

/// Coefficients in the order of the design columns.
#[derive(Debug)]
pub(super) struct Matched {
    /// One row a score.
    pub(super) coef: Vec<Vec<f64>>,
    /// What goes to each intercept.
    pub(super) intercept: Vec<f64>,
    /// Design columns for which there is no coefficient.
    pub(super) without: Vec<String>,
    /// Columns whose unlisted levels the other program would have scored as no level at all.
    pub(super) unlisted: Vec<String>,
}

/// Finds every feature; `coef` holds one row a score, in the order of `features`.
pub(super) fn find(
    front: &TableFrontEnd,
    features: &[String],
    coef: &[Vec<f64>],
) -> Result<Matched, Error> {
    let recipes = front.recipes();
    let names = names(recipes);
    let mut given: HashMap<Meant, usize> = HashMap::new();
    for (at, feature) in features.iter().enumerate() {
        let meant = lookup(&names, feature)?;
        if let Some(other) = given.insert(meant, at) {
            let problem =
                format!("the features `{}` and `{feature}` are the same", features[other]);
            return Err(refuse(ErrorKind::Column, problem));
        }
    }
    let columns = front.columns();
    let mut out = Matched {
        coef: vec![vec![0.0; columns.len()]; coef.len()],
        intercept: vec![0.0; coef.len()],
        without: Vec::new(),
        unlisted: Vec::new(),
    };
    let value =
        |meant: Meant, c: usize| given.get(&meant).and_then(|at| coef.get(c)?.get(*at).copied());
    let mut first = 0;
    for (r, recipe) in recipes.iter().enumerate() {
        for c in 0..coef.len() {
            let own = encode(recipe, r, &|meant| value(meant, c));
            out.intercept[c] += own.base;
            out.coef[c].iter_mut().skip(first).zip(own.columns).for_each(|(w, v)| *w = v);
        }
        let meant = meant_by(recipe, r);
        for (name, meant) in columns.iter().skip(first).zip(&meant) {
            let truth = given.contains_key(&Meant::Truth(r));
            if !given.contains_key(meant) && !truth {
                out.without.push(name.name());
            }
        }
        if recipe.encoding.counts_as().is_some() {
            out.unlisted.push(recipe.source.clone());
        }
        first += recipe.width();
    }
    Ok(out)
}

/// Coefficients of one recipe's design columns, and what goes to the intercept.
struct Encoded {
    columns: Vec<f64>,
    base: f64,
}

fn encode(recipe: &ColumnRecipe, r: usize, value: &dyn Fn(Meant) -> Option<f64>) -> Encoded {
    let level = |l: usize| value(Meant::Level(r, l)).unwrap_or(0.0);
    let missing = value(Meant::Missing(r)).unwrap_or(0.0);
    let (mut columns, base) = match &recipe.encoding {
        Encoding::Number { .. } | Encoding::Integer { .. } | Encoding::Ordered { .. } => {
            (vec![value(Meant::Number(r)).unwrap_or(0.0)], 0.0)
        }
        Encoding::Boolean { levels } => match (value(Meant::Truth(r)), numbers(levels)) {
            (Some(w), Some([low, high])) => (vec![w * (high - low)], w * low),
            _ => (vec![level(1) - level(0)], level(0)),
        },
        Encoding::Category { levels, reference, .. } => {
            let base = level(*reference);
            let others = (0..levels.len()).filter(|l| l != reference);
            (others.map(|l| level(l) - base).collect(), base)
        }
        Encoding::Steps { .. } | Encoding::Groups { .. } => {
            let of = |k| value(Meant::Bin(r, k)).unwrap_or(0.0);
            ((0..bins(recipe)).map(of).collect(), 0.0)
        }
        Encoding::Text(_) => {
            let of = |k| value(Meant::Bin(r, k)).unwrap_or(0.0);
            ((0..recipe.width()).map(of).collect(), 0.0)
        }
    };
    match recipe.missing {
        OnMissing::Indicator(_) => columns.push(missing),
        // A missing cell is of no level: the reference's coefficient is taken back.
        OnMissing::Level => columns.push(missing - base),
        _ => {}
    }
    Encoded { columns, base }
}

/// What each design column of a recipe stands for, in order.
fn meant_by(recipe: &ColumnRecipe, r: usize) -> Vec<Meant> {
    let mut meant: Vec<Meant> = match &recipe.encoding {
        Encoding::Number { .. } | Encoding::Integer { .. } | Encoding::Ordered { .. } => {
            vec![Meant::Number(r)]
        }
        Encoding::Boolean { .. } => vec![Meant::Level(r, 1)],
        Encoding::Category { levels, reference, .. } => {
            (0..levels.len()).filter(|l| l != reference).map(|l| Meant::Level(r, l)).collect()
        }
        Encoding::Steps { .. } | Encoding::Groups { .. } => {
            (0..bins(recipe)).map(|k| Meant::Bin(r, k)).collect()
        }
        Encoding::Text(_) => (0..recipe.width()).map(|k| Meant::Bin(r, k)).collect(),
    };
    if matches!(recipe.missing, OnMissing::Indicator(_) | OnMissing::Level) {
        meant.push(Meant::Missing(r));
    }
    meant
}

/// How many design columns of a binned recipe are bins.
fn bins(recipe: &ColumnRecipe) -> usize {
    let missing = matches!(recipe.missing, OnMissing::Indicator(_) | OnMissing::Level);
    recipe.width() - usize::from(missing)
}

/// The two levels of a boolean, where both are numbers.
fn numbers(levels: &[String]) -> Option<[f64; 2]> {
    let number = |text: &String| text.parse::<f64>().ok().filter(|v| v.is_finite());
    match levels {
        [low, high] => Some([number(low)?, number(high)?]),
        _ => None,
    }
}

/// Every way in which a feature may be written.
fn names(recipes: &[ColumnRecipe]) -> HashMap<String, Vec<Meant>> {
    let mut names: HashMap<String, Vec<Meant>> = HashMap::new();
    let mut add = |name: String, meant: Meant| {
        let all = names.entry(name).or_default();
        if !all.contains(&meant) {
            all.push(meant);
        }
    };
    for (r, recipe) in recipes.iter().enumerate() {
        let source = &recipe.source;
        match &recipe.encoding {
            Encoding::Number { .. } | Encoding::Integer { .. } => {
                add(source.clone(), Meant::Number(r));
            }
            Encoding::Ordered { .. } => add(format!("{source} (rank)"), Meant::Number(r)),
            Encoding::Boolean { levels } if numbers(levels).is_some() => {
                add(source.clone(), Meant::Truth(r));
            }
            _ => {}
        }
        if recipe.encoding.is_binned() || recipe.encoding.text().is_some() {
            for (k, column) in recipe.columns().iter().take(bins(recipe)).enumerate() {
                add(column.name(), Meant::Bin(r, k));
            }
        } else if !matches!(recipe.encoding, Encoding::Ordered { .. }) {
            for (l, level) in recipe.levels().iter().enumerate() {
                for between in [" = ", "=", "_"] {
                    add(format!("{source}{between}{level}"), Meant::Level(r, l));
                }
            }
        }
        for name in [
            format!("{source} (missing)"),
            format!("missingindicator_{source}"),
            format!("{source}_nan"),
        ] {
            add(name, Meant::Missing(r));
        }
    }
    names
}

fn lookup(names: &HashMap<String, Vec<Meant>>, feature: &str) -> Result<Meant, Error> {
    // scikit-learn's ColumnTransformer puts `name__` before what it makes.
    let plain = || feature.split_once("__").and_then(|(_, rest)| names.get(rest));
    let at = || Place::default().column(feature);
    match names.get(feature).or_else(plain).map(Vec::as_slice) {
        Some([meant]) => Ok(*meant),
        Some(_) => Err(refuse(ErrorKind::Column, "could be a level of two columns")
            .at(at())
            .mend("write it as `column = level`")),
        None => Err(refuse(
            ErrorKind::Column,
            "the model has a feature that is no column of the schema",
        )
        .at(at())
        .mend(
            "features are numbers by name, levels as `column = level`, `column=level` or \
                 `column_level`, ranks as `column (rank)` and missing cells as `column (missing)`",
        )),
    }
}

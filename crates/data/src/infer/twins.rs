//! Features that say the same as an earlier feature.

use std::collections::HashMap;

use super::Found;
use super::warnings::{Warning, WarningKind, quoted};
use crate::number::parse_number;
use crate::schema::{Kind, Role};
use crate::{Cells, Table};

/// Ignores exact copies of earlier features and warns about relabelled ones.
pub(super) fn mark(table: &Table, found: &mut [Found]) {
    let mut first: HashMap<u64, Vec<usize>> = HashMap::new();
    for i in 0..found.len() {
        let Some(one) = found.get(i).filter(|f| f.schema.role == Role::Feature) else {
            continue;
        };
        let earlier = first.entry(one.pattern).or_default();
        let twin = earlier.iter().find_map(|&j| {
            let kind = kinship(table, j, i, comparable(found.get(j)?, one))?;
            Some((kind, found.get(j)?.schema.name.clone()))
        });
        match twin {
            Some((WarningKind::Duplicate, name)) => ignore(found.get_mut(i), &name),
            Some((_, name)) => {
                relabelled(found.get_mut(i), &name);
                earlier.push(i);
            }
            None => earlier.push(i),
        }
    }
}

/// Whether two columns would be worth telling apart level by level: one of them is coded level by
/// level, so that the other lies in its span, and neither names the rows.
fn comparable(a: &Found, b: &Found) -> bool {
    let coded = |f: &Found| matches!(f.schema.kind, Kind::Category | Kind::Boolean);
    (coded(a) || coded(b)) && a.summary.distinct * 2 <= a.summary.rows
}

/// How a column says the same as an earlier one, if it does.
fn kinship(table: &Table, earlier: usize, later: usize, levels: bool) -> Option<WarningKind> {
    let (a, b) = (&table.columns().get(earlier)?.cells, &table.columns().get(later)?.cells);
    if (0..table.rows()).all(|row| equal(a, b, row)) {
        return Some(WarningKind::Duplicate);
    }
    // Equal patterns without equal cells: one is the other renamed (checked, since the patterns
    // are compared by their hashes).
    (levels && renamed(a, b, table.rows())).then_some(WarningKind::Relabelled)
}

fn equal(a: &Cells, b: &Cells, row: usize) -> bool {
    if let (Cells::Number(a), Cells::Number(b)) = (a, b) {
        return match (a.get(row), b.get(row)) {
            (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()),
            _ => false,
        };
    }
    let (a, b) = (a.text(row), b.text(row));
    a == b || parse_number(&a).is_some_and(|a| parse_number(&b) == Some(a))
}

fn renamed(a: &Cells, b: &Cells, rows: usize) -> bool {
    let (mut there, mut back) = (HashMap::new(), HashMap::new());
    (0..rows).all(|row| {
        let (a, b) = (a.text(row), b.text(row));
        *there.entry(a.clone()).or_insert_with(|| b.clone()) == b
            && *back.entry(b).or_insert_with(|| a.clone()) == a
    })
}

fn ignore(found: Option<&mut Found>, twin: &str) {
    let Some(found) = found else { return };
    found.schema.role = Role::Ignored;
    found.summary.role = Role::Ignored;
    let text = format!("is a copy of {} in every row, and is ignored.", quoted(twin));
    // A copy is ignored, so what else was said of it is said of the first.
    found.warnings = vec![Warning::new(WarningKind::Duplicate, &found.schema.name, text)];
}

fn relabelled(found: Option<&mut Found>, twin: &str) {
    let Some(found) = found else { return };
    let text = format!(
        "says the same as {} in other words, level for level; set the role of one of them to \
         `ignored`, since their coefficients cannot be told apart.",
        quoted(twin)
    );
    found.warnings.push(Warning::new(WarningKind::Relabelled, &found.schema.name, text));
}

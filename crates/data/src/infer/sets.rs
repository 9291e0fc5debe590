//! A target whose cells list labels: which labels there are, and what there is to say about them.

use std::collections::HashMap;

use super::InferOptions;
use super::codes::Codes;
use super::profile::{EMPTY, Profile};
use super::target::{MOST_CLASSES, SMALL, Target, missing_codes};
use super::warnings::{Warning, WarningKind, percent, quoted, rows};
use crate::labels::sort_classes;
use crate::schema::{ColumnSchema, Kind, Role, TargetSchema};
use crate::{Error, ErrorKind, Place, Result, Table, check_label_separator, label_names};

/// The target in the column at `index`, with this profile. No row has a class of its own, so that
/// nothing is compared with it.
pub(super) fn find(
    table: &Table,
    options: &InferOptions,
    separator: char,
    index: usize,
    mut profile: Profile,
) -> Result<Target> {
    let name = table.columns().get(index).map_or("", |c| c.name.as_str());
    let place = Place::file(&table.origin().file).column(name);
    check(options, separator).map_err(|e| e.at(place.clone()))?;
    let missing_codes = missing_codes(&mut profile);
    let (classes, counts) = labels(table, index, &profile, separator)?;
    if classes.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "no row has a label").at(place));
    }
    if classes.len() > MOST_CLASSES {
        let problem =
            format!("there are {} labels, at most {MOST_CLASSES} are read", classes.len());
        return Err(Error::new(ErrorKind::Limit, problem).at(place).mend("merge some"));
    }
    let mut warnings = Vec::new();
    warn_codes(name, &profile, &missing_codes, &mut warnings);
    warn_rare(name, &classes, &counts, profile.rows(), &mut warnings);
    let mut column = ColumnSchema::new(name, Role::Target, Kind::Category);
    column.missing_codes = missing_codes;
    let mut codes = Codes::with_capacity(profile.codes.len());
    profile.codes.iter().for_each(|_| codes.push(EMPTY));
    let schema = TargetSchema {
        column: name.to_owned(),
        classes,
        positive: None,
        favourable: None,
        multilabel: Some(separator),
        labels: Default::default(),
    };
    Ok(Target { index, guessed: false, schema, column, warnings, codes, counts })
}

fn check(options: &InferOptions, separator: char) -> Result<()> {
    check_label_separator(separator)?;
    let refuse =
        |problem: String, mend: &str| Err(Error::new(ErrorKind::Value, problem).mend(mend));
    if options.target.is_none() {
        let problem = "the column that lists labels is not guessed".to_owned();
        return refuse(problem, "name it with `--target`");
    }
    for (what, class) in [("positive", &options.positive), ("favourable", &options.favourable)] {
        if class.is_some() {
            let problem = format!("a {what} class is not for rows that carry sets of labels");
            return refuse(problem, "leave it out");
        }
    }
    Ok(())
}

/// The sorted labels, and how many rows carry each.
fn labels(
    table: &Table,
    index: usize,
    profile: &Profile,
    separator: char,
) -> Result<(Vec<String>, Vec<u64>)> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for value in profile.values().filter(|v| !v.missing) {
        let text = value.text();
        let names = label_names(&text, separator).map_err(|e| e.at(first(table, index, &text)))?;
        for name in names {
            *counts.entry(name.to_owned()).or_default() += value.count;
        }
    }
    let classes = sort_classes(counts.keys().cloned().collect());
    let counts = classes.iter().map(|c| counts.get(c).copied().unwrap_or(0)).collect();
    Ok((classes, counts))
}

/// The place of the first cell that holds a text.
fn first(table: &Table, index: usize, text: &str) -> Place {
    let Some(column) = table.columns().get(index) else {
        return Place::file(&table.origin().file);
    };
    let row = (0..table.rows()).find(|&row| column.cells.text(row) == text).unwrap_or(0);
    table.origin().place(row).column(&column.name)
}

fn warn_codes(name: &str, profile: &Profile, codes: &[String], warnings: &mut Vec<Warning>) {
    if codes.is_empty() {
        return;
    }
    let count: u64 =
        profile.values().filter(|v| v.missing && !v.text().is_empty()).map(|v| v.count).sum();
    let text = format!(
        "holds {} in {} of {}, taken as missing; fitting needs the labels of every row, so remove \
         these, or leave the cell empty where a row has none.",
        codes.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", "),
        count,
        rows(profile.rows())
    );
    warnings.push(Warning::new(WarningKind::TargetMissing, name, text));
}

fn warn_rare(
    name: &str,
    classes: &[String],
    counts: &[u64],
    all: u64,
    warnings: &mut Vec<Warning>,
) {
    let rare = classes.iter().zip(counts).filter(|(_, n)| **n < SMALL);
    let Some((class, &count)) = rare.clone().min_by_key(|(_, n)| **n) else { return };
    let others = match rare.count() - 1 {
        0 => String::new(),
        n => format!(", and {n} more labels in fewer than {SMALL}"),
    };
    let text = format!(
        "has the label {} in only {count} of {} ({}){others}: too few to learn or to test with \
         confidence.",
        quoted(class),
        rows(all),
        percent(count, all)
    );
    warnings.push(Warning::new(WarningKind::Imbalance, name, text));
}

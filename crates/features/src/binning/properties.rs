//! Properties of binned front ends on random schemas and tables.

use linecall_data::Term;
use linecall_data::schema::{Kind, Missing, Unseen};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::properties::{
    Made, SPARSE, WIDE, any_table, commonest, is_missing, median, rows_of, table_of, whole,
};
use crate::{BinMethod, Binning, Encoding, Grouping, OnMissing, Outcome, TableFrontEnd};

fn any_binning() -> impl Strategy<Value = Binning> {
    let method = (1..6usize, any::<bool>()).prop_map(|(bins, monotone)| match monotone {
        true => BinMethod::Monotone { bins },
        false => BinMethod::Quantile { bins },
    });
    let groups = (1..9usize, prop_oneof![Just(0.0), 0.0..0.6], 1..5usize, 0..3u8);
    (method, groups).prop_map(|(method, (max_levels, min_share, bins, smoothing))| {
        let groups = Grouping { max_levels, min_share, bins, smoothing: f64::from(smoothing) };
        Binning { method, groups, ..Binning::default() }
    })
}

/// A table with an outcome and bins of it; tables whose columns all have one bin are left out.
fn any_binned() -> impl Strategy<Value = (linecall_data::Schema, Vec<Made>, Binning, Vec<bool>)> {
    let drawn = (any_table(), any_binning()).prop_flat_map(|((schema, made), binning)| {
        let rows = made[0].cells.len();
        (Just(schema), Just(made), Just(binning), vec(any::<bool>(), rows))
    });
    drawn.prop_filter("needs a design column", |(schema, made, binning, event)| {
        fit(schema, made, binning, event).is_some()
    })
}

fn fit(
    schema: &linecall_data::Schema,
    made: &[Made],
    binning: &Binning,
    event: &[bool],
) -> Option<TableFrontEnd> {
    let outcome = Outcome { event, weight: None };
    let found = TableFrontEnd::fit_binned(schema, &whole(made), binning, Some(outcome));
    match found {
        Ok(front) => Some(front),
        Err(error) => {
            assert!(error.to_string().contains("no input column that can vary"), "{error}");
            None
        }
    }
}

/// What a design column holds for a row, straight from its own words and the cell.
fn naive(made: &Made, term: &Term, row: usize) -> f64 {
    let cell = made.cells[row].trim();
    let missing = is_missing(cell);
    let truth = |b: bool| if b { 1.0 } else { 0.0 };
    let told =
        made.schema.missing == Missing::Indicator || made.schema.missing == Missing::Category;
    let stepped = !matches!(made.schema.kind, Kind::Boolean | Kind::Category);
    if matches!(term, Term::Missing) {
        return truth(missing);
    }
    if missing && told && (stepped || made.schema.missing == Missing::Category) {
        return 0.0;
    }
    if let Term::AtLeast(cut) = term {
        let value = if missing { median(made) } else { cell.parse().unwrap() };
        return truth(value >= *cut);
    }
    let level = match (missing, made.schema.levels.iter().any(|l| l == cell)) {
        (true, _) => commonest(made),
        (false, true) => cell.to_owned(),
        // A level that is not listed counts as the reference.
        (false, false) => made.schema.reference.clone().unwrap_or_else(|| commonest(made)),
    };
    match term {
        Term::Level(own) => truth(*own == level),
        Term::OneOf(own) => truth(own.contains(&level)),
        Term::AtLeastLevel { level: own, .. } => {
            let at = |l: &String| made.schema.levels.iter().position(|own| own == l).unwrap();
            truth(at(&level) >= at(own))
        }
        other => panic!("{other:?} is no column of bins"),
    }
}

proptest! {
    #[test]
    fn columns_hold_what_their_names_say((schema, made, binning, event) in any_binned()) {
        let front = fit(&schema, &made, &binning, &event).unwrap();
        let table = whole(&made);
        let applied = front.apply(&table).unwrap();
        let columns = front.columns();
        let rows: Vec<Vec<f64>> = (0..table.rows())
            .map(|row| {
                let of = |c: &linecall_data::DesignColumn| {
                    let own = made.iter().find(|m| m.schema.name == c.source).unwrap();
                    naive(own, &c.term, row)
                };
                columns.iter().map(of).collect()
            })
            .collect();
        prop_assert_eq!(rows_of(&applied.design), rows);
        let unseen: Vec<(String, u64)> = made
            .iter()
            .map(|m| (m, m.cells.iter().filter(|c| *c == "something else").count() as u64))
            .filter(|(_, n)| *n > 0)
            .map(|(m, n)| (m.schema.name.clone(), n))
            .collect();
        prop_assert_eq!(applied.unseen, unseen);
        for limits in [SPARSE, WIDE] {
            let other = front.apply_within(&table, limits).unwrap();
            prop_assert_eq!(&other.design.to_dense().unwrap(), &applied.design.to_dense().unwrap());
        }
    }

    #[test]
    fn ladders_fall_and_groups_are_apart((schema, made, binning, event) in any_binned()) {
        let front = fit(&schema, &made, &binning, &event).unwrap();
        let design = front.apply(&whole(&made)).unwrap().design;
        let rows = rows_of(&design);
        for variable in design.variables() {
            let cuts: Vec<f64> =
                variable.ladder.iter().filter_map(|j| design.columns()[*j].rung()).collect();
            prop_assert!(cuts.is_sorted_by(|a, b| a < b));
            for row in &rows {
                let steps: Vec<f64> = variable.ladder.iter().map(|j| row[*j]).collect();
                prop_assert!(steps.is_sorted_by(|a, b| a >= b));
                let apart = variable.ladder.is_empty() && binned(&front, &variable.source);
                let sum: f64 = variable.columns.iter().map(|j| row[*j]).sum();
                prop_assert!(!apart || sum == 1.0, "{:?} {:?}", variable, row);
            }
        }
        let bins = binning.method.bins();
        for recipe in front.recipes() {
            match &recipe.encoding {
                Encoding::Steps { cuts, .. } => prop_assert!(cuts.len() < bins),
                Encoding::Groups { levels, groups, .. } => {
                    let mut all = groups.concat();
                    all.sort_unstable();
                    prop_assert_eq!(all, (0..levels.len()).collect::<Vec<_>>());
                    let few = levels.len() <= binning.groups.max_levels;
                    prop_assert!(few || groups.len() <= binning.groups.bins);
                }
                other => {
                    let boolean = matches!(other, Encoding::Boolean { .. });
                    prop_assert!(boolean, "{:?}", other);
                }
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        ((schema, made, binning, event), order) in any_binned().prop_flat_map(|drawn| {
            let order: Vec<usize> = (0..drawn.3.len()).collect();
            (Just(drawn), Just(order).prop_shuffle())
        })
    ) {
        let front = fit(&schema, &made, &binning, &event).unwrap();
        let moved: Vec<bool> = order.iter().map(|row| event[*row]).collect();
        let outcome = Outcome { event: &moved, weight: None };
        let table = table_of(&made, &order);
        let found = TableFrontEnd::fit_binned(&schema, &table, &binning, Some(outcome)).unwrap();
        prop_assert_eq!(found, front);
    }

    #[test]
    fn copies_are_weights(
        ((schema, made, binning, event), times) in any_binned().prop_flat_map(|drawn| {
            let rows = drawn.3.len();
            (Just(drawn), vec(1..4usize, rows))
        })
    ) {
        // What stands in for missing cells and the reference are learnt without weights.
        let learnt = |m: &Made| m.schema.unseen == Unseen::Reference && m.schema.reference.is_none();
        prop_assume!(made.iter().all(|m| m.schema.missing != Missing::Impute && !learnt(m)));
        let weight: Vec<f64> = times.iter().map(|t| *t as f64).collect();
        let outcome = Outcome { event: &event, weight: Some(&weight) };
        let weighted = TableFrontEnd::fit_binned(&schema, &whole(&made), &binning, Some(outcome));
        let copied: Vec<usize> = times
            .iter()
            .enumerate()
            .flat_map(|(row, times)| std::iter::repeat_n(row, *times))
            .collect();
        let event: Vec<bool> = copied.iter().map(|row| event[*row]).collect();
        let outcome = Outcome { event: &event, weight: None };
        let table = table_of(&made, &copied);
        let copies = TableFrontEnd::fit_binned(&schema, &table, &binning, Some(outcome));
        match (weighted, copies) {
            (Ok(weighted), Ok(copies)) => {
                for (a, b) in weighted.recipes().iter().zip(copies.recipes()) {
                    prop_assert_eq!(a.columns(), b.columns());
                }
            }
            (Err(_), Err(_)) => {}
            (a, b) => prop_assert!(false, "{:?} {:?}", a, b),
        }
    }

    #[test]
    fn what_is_held_is_what_bins_are_of((schema, made, binning, event) in any_binned()) {
        let front = fit(&schema, &made, &binning, &event).unwrap();
        let table = whole(&made);
        let rows = rows_of(&front.apply(&table).unwrap().design);
        let held = front.held(&table).unwrap();
        let (mut first, mut at) = (0, 0);
        for recipe in front.recipes() {
            if recipe.encoding.is_binned() {
                for (row, value) in rows.iter().zip(&held[at]) {
                    let own = &row[first..first + recipe.width()];
                    let told = matches!(recipe.missing, OnMissing::Indicator(_) | OnMissing::Level);
                    if told && own.last() == Some(&1.0) {
                        continue;
                    }
                    let mut made = vec![0.0; recipe.width()];
                    recipe.encoding.each(*value, |place, v| made[place] = v);
                    prop_assert_eq!(own, &made[..]);
                }
                at += 1;
            }
            first += recipe.width();
        }
        prop_assert_eq!(at, held.len());
        prop_assert_eq!(front.is_binned(), at > 0);
    }

    #[test]
    fn a_saved_binned_front_end_is_the_same((schema, made, binning, event) in any_binned()) {
        let front = fit(&schema, &made, &binning, &event).unwrap();
        let text = serde_json::to_string(&front).unwrap();
        let back: TableFrontEnd = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &front);
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        prop_assert_eq!(back.apply(&whole(&made)).unwrap(), front.apply(&whole(&made)).unwrap());
        let text = serde_json::to_string(&binning).unwrap();
        prop_assert_eq!(serde_json::from_str::<Binning>(&text).unwrap(), binning);
    }

    /// Whatever a file claims, it is refused or works: reading and applying never panic.
    #[test]
    fn an_altered_binned_front_end_never_panics(
        (schema, made, binning, event) in any_binned(),
        cuts in vec(prop_oneof![Just(-1.0), Just(0.5), Just(1.0), Just(2.0), Just(1e300)], 0..4),
        groups in vec(vec(0..9usize, 0..4), 0..4),
        reference in 0..9usize,
    ) {
        let front = fit(&schema, &made, &binning, &event).unwrap();
        let mut json = serde_json::to_value(&front).unwrap();
        for recipe in json["recipes"].as_array_mut().unwrap() {
            match recipe["encoding"]["kind"].as_str() {
                Some("steps") => recipe["encoding"]["cuts"] = cuts.clone().into(),
                Some("groups") => {
                    recipe["encoding"]["groups"] = groups.clone().into();
                    recipe["encoding"]["reference"] = reference.into();
                }
                _ => {}
            }
        }
        if let Ok(altered) = serde_json::from_value::<TableFrontEnd>(json) {
            prop_assert!(altered.check().is_ok());
            let design = altered.apply(&whole(&made)).unwrap().design;
            prop_assert_eq!(design.cols(), altered.columns().len());
            prop_assert!(altered.held(&whole(&made)).is_ok());
        }
    }

    #[test]
    fn quantile_bins_are_about_equal(values in vec(0..60u32, 1..200), bins in 1..12usize) {
        let mut counts = vec![0.0; 60];
        values.iter().for_each(|v| counts[*v as usize] += 1.0);
        let kept: Vec<usize> = (0..60).filter(|v| counts[*v] > 0.0).collect();
        let tally = super::Tally {
            values: kept.iter().map(|v| *v as f64).collect(),
            weight: kept.iter().map(|v| counts[*v]).collect(),
            events: vec![0.0; kept.len()],
        };
        let cuts = super::quantiles(&tally, bins);
        let most = tally.weight.iter().copied().fold(0.0, f64::max);
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([kept.len()]);
        let share = values.len() as f64 / bins as f64;
        for (from, to) in starts.zip(ends) {
            let weight: f64 = tally.weight[from..to].iter().sum();
            // Either end is off by half of the commonest value at most, or no cut is nearer.
            let wide = weight - tally.weight[to - 1].max(tally.weight[from]);
            prop_assert!(wide <= share + most, "{} {} {:?}", weight, share, tally.weight);
        }
        // Where no value is common, no bin is left out.
        if most < share {
            prop_assert_eq!(cuts.len(), bins - 1);
            let distinct = most == 1.0;
            let ends = cuts.iter().copied().chain([kept.len()]);
            let starts = std::iter::once(0).chain(cuts.iter().copied());
            for (from, to) in starts.zip(ends) {
                let weight: f64 = tally.weight[from..to].iter().sum();
                prop_assert!((weight - share).abs() <= most);
                prop_assert!(!distinct || (weight - share).abs() < 1.0);
            }
        }
    }
}

fn binned(front: &TableFrontEnd, source: &str) -> bool {
    let of = |r: &&crate::ColumnRecipe| r.source == source;
    front.recipes().iter().find(of).is_some_and(|r| matches!(r.encoding, Encoding::Groups { .. }))
}

//! Bins by example, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test program")]

mod common;

use common::{feature, levels, numbers, schema, table, text};
use linecall_data::schema::{Kind, Missing};
use linecall_features::{
    BinMethod, Binning, ColumnRecipe, Encoding, Grouping, OnMissing, Outcome, TableFrontEnd,
};

fn names(front: &TableFrontEnd) -> Vec<String> {
    front.columns().iter().map(|column| column.name()).collect()
}

#[test]
fn columns_read_as_a_clinician_would_say_them() {
    let mut age = feature("age", Kind::Integer);
    age.unit = Some("years".to_owned());
    age.missing = Missing::Indicator;
    let size = levels("size", Kind::Ordered, &["small", "middle", "large"]);
    let purpose = levels("purpose", Kind::Category, &["car", "house", "radio", "boat"]);
    let schema = schema(vec![age, size, purpose]);
    let cells = ["20", "25", "", "45", "50", "61", "64", "70"];
    let sizes = ["small", "small", "middle", "middle", "large", "large", "large", "small"];
    let purposes = ["car", "house", "car", "house", "radio", "house", "car", "house"];
    let table = table(vec![text("age", &cells), text("size", &sizes), text("purpose", &purposes)]);
    let mut binning = Binning::new(BinMethod::Quantile { bins: 3 });
    binning.groups = Grouping { max_levels: 2, bins: 2, smoothing: 0.0, ..Grouping::default() };
    binning.cut(&schema, "age = 30, 45,60").unwrap();
    binning.cut(&schema, "size=large").unwrap();
    let event = [true, false, true, false, true, false, true, false];
    let outcome = Outcome { event: &event, weight: None };
    let front = TableFrontEnd::fit_binned(&schema, &table, &binning, Some(outcome)).unwrap();
    assert_eq!(
        names(&front),
        [
            "age >= 30",
            "age >= 45",
            "age >= 60",
            "age (missing)",
            "size >= large",
            "purpose in {car, radio, boat}",
            "purpose = house",
        ]
    );
    assert_eq!(front.columns().list()[0].unit.as_deref(), Some("years"));
    let design = front.apply(&table).unwrap().design;
    let mut row = vec![0.0; 7];
    design.for_each_in_row(3, |j, v| row[j] = v);
    assert_eq!(row, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    design.for_each_in_row(2, |j, v| row[j] = v);
    assert_eq!(row, [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    assert!(design.columns().iter().all(|c| front.reference_of(c).is_none()));
}

#[test]
fn monotone_cuts_stand_where_the_rate_turns_up() {
    // The event happens above 100 alone, and in a few at 40, which no monotone rate can follow.
    let values: Vec<f64> = (0..200).map(f64::from).collect();
    let event: Vec<bool> = (0..200).map(|v| v > 100 || v == 40).collect();
    let schema = schema(vec![feature("x", Kind::Number)]);
    let table = table(vec![numbers("x", &values)]);
    let fit = |bins, event: &[bool]| {
        let binning = Binning::new(BinMethod::Monotone { bins });
        let outcome = Outcome { event, weight: None };
        TableFrontEnd::fit_binned(&schema, &table, &binning, Some(outcome)).map(|f| names(&f))
    };
    assert_eq!(fit(2, &event).unwrap(), ["x >= 101"]);
    assert_eq!(fit(9, &event).unwrap(), ["x >= 40", "x >= 101"]);
    let turned: Vec<bool> = event.iter().map(|e| !e).collect();
    assert_eq!(fit(9, &turned).unwrap(), ["x >= 40", "x >= 101"]);
    let error = fit(9, &[true; 200]).unwrap_err().to_string();
    assert!(error.contains("no input column that can vary"), "{error}");
}

#[test]
fn rare_levels_are_one_group_without_an_outcome() {
    let all = ["a", "b", "c", "d", "e"];
    let schema = schema(vec![levels("k", Kind::Category, &all)]);
    let cells: Vec<&str> = (0..100)
        .map(|i| {
            if i < 50 {
                "b"
            } else if i < 97 {
                "d"
            } else {
                "e"
            }
        })
        .collect();
    let table = table(vec![text("k", &cells)]);
    let mut binning = Binning::default();
    let fit = |binning: &Binning| TableFrontEnd::fit_binned(&schema, &table, binning, None);
    binning.groups.min_share = 0.05;
    assert_eq!(names(&fit(&binning).unwrap()), ["k in {a, c, e}", "k = b", "k = d"]);
    binning.groups.min_share = 0.0;
    assert_eq!(names(&fit(&binning).unwrap()).len(), 5);
    binning.groups.max_levels = 2;
    assert_eq!(names(&fit(&binning).unwrap()), ["k in {a, c, d, e}", "k = b"]);
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    let columns = vec![
        feature("age", Kind::Integer),
        levels("size", Kind::Ordered, &["small", "large"]),
        levels("k", Kind::Category, &["a", "b"]),
    ];
    let schema = schema(columns);
    let refused = |text: &str| Binning::default().cut(&schema, text).unwrap_err().to_string();
    for (text, problem) in [
        ("age=45,30", "the cut 45 stands before 30"),
        ("age=45,45", "the cut 45 stands before 45"),
        ("age=", "a cut is not a number"),
        ("age=NaN", "a cut is not a number"),
        ("size=huge", "a cut is none of its levels"),
        ("size=small", "the cut 0 is no position of a level above the lowest of 2"),
        ("k=1", "a cut is not a number"),
        ("weight=1", "it is no feature of the schema"),
        ("age", "cuts are written as `column=30,45`"),
    ] {
        let found = refused(text);
        assert!(found.contains(problem) || text == "k=1", "{text}: {found}");
        assert_eq!(found.lines().count(), 1);
    }
    assert!(refused("k=1").contains("its levels have no order"));
    let mut binning = Binning::default();
    binning.cut(&schema, "age=30").unwrap();
    assert!(binning.cut(&schema, "age=30").unwrap_err().to_string().contains("given twice"));

    let names = |all: &[&str]| all.iter().map(|&l| l.to_owned()).collect::<Vec<_>>();
    let steps = |cuts: &[f64], levels: &[&str]| Encoding::Steps {
        cuts: cuts.to_vec(),
        whole: false,
        min: None,
        max: None,
        levels: names(levels),
    };
    let groups = |groups: &[&[usize]], reference: usize| Encoding::Groups {
        levels: names(&["a", "b", "c"]),
        groups: groups.iter().map(|g| g.to_vec()).collect(),
        reference,
        unseen: Default::default(),
    };
    for (encoding, problem) in [
        (steps(&[1.0, f64::INFINITY], &[]), "the cut inf is not finite"),
        (steps(&[f64::NAN], &[]), "the cut NaN is not finite"),
        (steps(&[2.0, 1.0], &[]), "the cut 2 stands before 1"),
        (steps(&[0.5], &["x", "y"]), "the cut 0.5 is no position"),
        (steps(&[2.0], &["x", "y"]), "the cut 2 is no position"),
        (groups(&[&[0, 1], &[1, 2]], 0), "a level is in two groups"),
        (groups(&[&[0, 0]], 0), "a level is in two groups"),
        (groups(&[&[0], &[]], 0), "a group has no level"),
        (groups(&[&[0, 3]], 0), "a group has level 3"),
        (groups(&[&[0]], 3), "the reference is level 3"),
    ] {
        let recipe = ColumnRecipe {
            source: "odd".to_owned(),
            unit: None,
            missing_codes: Vec::new(),
            missing: OnMissing::Refuse,
            encoding,
        };
        let error = recipe.check().unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("odd"), "{error}");
    }
}

#[test]
fn an_outcome_must_be_there_and_fit() {
    let schema = schema(vec![feature("x", Kind::Number)]);
    let table = table(vec![numbers("x", &[1.0, 2.0, 3.0])]);
    let monotone = Binning::new(BinMethod::Monotone { bins: 3 });
    let fit = |outcome| {
        TableFrontEnd::fit_binned(&schema, &table, &monotone, outcome).unwrap_err().to_string()
    };
    assert!(fit(None).contains("monotone bins are made by the outcome"));
    let short = Outcome { event: &[true], weight: None };
    assert!(fit(Some(short)).contains("the outcome has 1 rows, the table 3"));
    let bad = Outcome { event: &[true, false, true], weight: Some(&[1.0, -1.0, 1.0]) };
    assert!(fit(Some(bad)).contains("a weight is negative"));
}

#[test]
fn bounds_and_levels_are_kept() {
    let mut age = feature("age", Kind::Integer);
    (age.min, age.max) = (Some(0.0), Some(120.0));
    let schema = schema(vec![age, levels("k", Kind::Category, &["a", "b"])]);
    let whole = table(vec![text("age", &["1", "2"]), text("k", &["a", "b"])]);
    let front = TableFrontEnd::fit_binned(&schema, &whole, &Binning::default(), None).unwrap();
    for (age, k, problem) in [
        ("121", "a", "is above 120"),
        ("-1", "a", "is below 0"),
        ("1.5", "a", "expected a whole number"),
        ("", "a", "the cell is missing"),
        ("1", "c", "is not one of the levels"),
    ] {
        let one = table(vec![text("age", &[age]), text("k", &[k])]);
        let error = front.apply(&one).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
        assert_eq!(front.held(&one).unwrap_err().to_string(), error);
    }
    let fine = table(vec![text("age", &["2"]), text("k", &["b"])]);
    assert_eq!(front.held(&fine).unwrap(), [[2.0], [1.0]]);
}

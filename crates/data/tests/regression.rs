//! What the fuzz targets found, one test each, named after what it was.
#![allow(clippy::unwrap_used, clippy::panic)]

use linecall_data::Schema;
use linecall_data::read::{Format, ReadOptions, table_from};

/// A schema with one number whose limits are as given.
fn with_limits(limits: &str) -> linecall_data::Result<Schema> {
    let text = format!(
        "version = 1\n[target]\ncolumn = 'y'\nclasses = ['0', '1']\npositive = '1'\n\
         [[columns]]\nname = 'y'\nrole = 'target'\nkind = 'boolean'\n\
         [[columns]]\nname = 'x'\nrole = 'feature'\nkind = 'number'\n{limits}\n"
    );
    Schema::from_toml(&text, "s.toml")
}

/// `min = nan` alone was accepted, bounded nothing, and made a schema unequal to itself; an
/// infinite limit was accepted and then could not be saved in a model.
#[test]
fn limits_that_are_not_finite_are_refused() {
    for (limits, problem) in [
        ("min = nan", "`min` is NaN"),
        ("max = nan", "`max` is NaN"),
        ("min = -inf\nmax = inf", "`min` is -inf"),
        ("max = inf", "`max` is inf"),
    ] {
        let error = with_limits(limits).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("leave it out"), "{error}");
    }
    assert!(with_limits("min = -1e308\nmax = 1e308").is_ok());
}

/// Doubled quotes of a name that is not quoted stand for themselves.
#[test]
fn doubled_quotes_stay_in_names_that_are_not_quoted() {
    let names = |text: &'static str, format| {
        let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
        let table = table_from("f", text.as_bytes(), &options).unwrap();
        table.columns().iter().map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("a\"\"b,\"c\"\"d\"\n", Format::Csv), ["a\"\"b", "c\"d"]);
    assert_eq!(names("\"a\"\"b\"\tc\n", Format::Tsv), ["\"a\"\"b\"", "c"]);
}

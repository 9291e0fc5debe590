//! What is inferred about real, public data sets.

use std::path::PathBuf;

use linecall_data::Schema;
use linecall_data::infer::WarningKind::*;
use linecall_data::infer::{Description, InferOptions, infer};
use linecall_data::read::{self, ReadOptions};
use linecall_data::schema::{ColumnSchema, Kind, Missing, Role};

use super::{kinds_about, of_kind, only, options};

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/tabular").join(path)
}

/// The description of a file, or `None` with one line where it is absent.
fn describe(test: &str, path: &str, target: InferOptions, names: &str) -> Option<Description> {
    let path = file(path);
    if !path.exists() {
        eprintln!("skipped: {test}: shared data absent");
        return None;
    }
    let names = (!names.is_empty()).then(|| names.split(' ').map(str::to_owned).collect());
    let table =
        read::table(path.to_string_lossy().as_ref(), &ReadOptions { names, ..Default::default() });
    let found = infer(&table.unwrap(), &target).unwrap();
    let text = found.to_toml().unwrap();
    assert_eq!(Schema::from_toml(&text, "schema.toml").unwrap(), found.schema);
    Some(found)
}

fn column<'a>(found: &'a Description, name: &str) -> &'a ColumnSchema {
    found.schema.column(name).unwrap()
}

#[test]
fn credit_default_of_the_uci() {
    let (test, path) = ("credit_default_of_the_uci", "credit_default/credit_raw.csv.gz");
    let target = options("default payment next month");
    let Some(found) = describe(test, path, target, "") else {
        return;
    };
    assert_eq!((found.rows, found.columns.len()), (30_000, 25));
    assert_eq!((column(&found, "ID").role, found.schema.features().count()), (Role::Id, 23));
    for (name, levels) in [("SEX", 2), ("EDUCATION", 7), ("MARRIAGE", 4)] {
        let column = column(&found, name);
        assert_eq!((column.kind, column.levels.len()), (Kind::Category, levels), "{name}");
        assert_eq!(column.reference.as_deref(), Some("2"), "{name}");
    }
    let codes = ["SEX", "EDUCATION", "MARRIAGE"];
    for column in found.schema.features().filter(|c| !codes.contains(&c.name.as_str())) {
        assert_eq!(
            (column.kind, column.missing),
            (Kind::Integer, Missing::Refuse),
            "{}",
            column.name
        );
    }
    let fixed: Vec<_> =
        found.schema.columns.iter().filter(|c| !c.mutable).map(|c| &c.name).collect();
    assert_eq!(fixed, ["SEX", "MARRIAGE", "AGE"]);
    assert_eq!(found.schema.target.positive.as_deref(), Some("1"));
    let kinds: Vec<_> = found.warnings.iter().map(|w| w.kind).collect();
    assert_eq!(kinds, [LooksLikeId, NumericCodes, NumericCodes, RareCategory, NumericCodes]);
    assert!(only(&found, RareCategory).text.contains("`EDUCATION` has 1 level"));
    assert!(only(&found, RareCategory).text.contains("`0` (14 rows)"));
    let limit = &found.columns[1];
    assert_eq!((limit.distinct, limit.min, limit.max), (81, Some(10_000.0), Some(1_000_000.0)));
    assert_eq!((limit.median, limit.top[0].clone()), (Some(140_000.0), ("50000".to_owned(), 3365)));
}

#[test]
fn german_credit() {
    let (test, path) = ("german_credit", "german_credit/german_categorical.csv");
    let Some(found) = describe(test, path, InferOptions::default(), "") else {
        return;
    };
    assert_eq!((found.schema.target.column.as_str(), found.target_guessed), ("class-label", true));
    assert_eq!(found.schema.features().count(), 21);
    for (name, kind) in [
        ("checking-account", Kind::Category),
        ("duration", Kind::Integer),
        ("credit-amount", Kind::Integer),
        ("existing-credits", Kind::Integer),
        ("telephone", Kind::Boolean),
        ("foreign-worker", Kind::Boolean),
        ("sex", Kind::Category),
    ] {
        assert_eq!(column(&found, name).kind, kind, "{name}");
    }
    // A level with a space at its end in the file is trimmed, as cells are.
    assert!(column(&found, "checking-account").levels.iter().any(|l| l == ">= 200 DM"));
    let fixed: Vec<_> =
        found.schema.columns.iter().filter(|c| !c.mutable).map(|c| &c.name).collect();
    assert_eq!(fixed, ["age", "foreign-worker", "sex", "marital-status"]);
    assert!(of_kind(&found, Leak).is_empty() && of_kind(&found, Separates).is_empty());
}

#[test]
fn adult() {
    let names = "age workclass fnlwgt education education-num marital-status occupation \
                 relationship race sex capital-gain capital-loss hours-per-week native-country \
                 income";
    let path = "adult/adult_train.csv.gz";
    let Some(found) = describe("adult", path, options("income"), names) else {
        return;
    };
    assert_eq!(found.schema.target.classes, ["<=50K", ">50K"]);
    assert_eq!(found.schema.target.positive.as_deref(), Some(">50K"));
    for name in ["workclass", "occupation", "native-country"] {
        let column = column(&found, name);
        assert_eq!((column.kind, column.missing), (Kind::Category, Missing::Category), "{name}");
        assert_eq!(column.missing_codes, ["?"], "{name}");
    }
    assert_eq!(found.columns[1].missing, 1836);
    assert_eq!(column(&found, "education-num").kind, Kind::Integer);
    assert_eq!(kinds_about(&found, "education-num"), [Relabelled]);
    assert_eq!(kinds_about(&found, "fnlwgt"), [LooksLikeWeight]);
    assert_eq!(column(&found, "fnlwgt").role, Role::Feature);
    assert!(only(&found, SuspectCode).text.contains("`99999` in 159 rows"));
    assert!(!column(&found, "native-country").mutable && column(&found, "capital-gain").mutable);
    assert!(of_kind(&found, Leak).is_empty());
}

#[test]
fn compas_two_years() {
    let (test, path) = ("compas_two_years", "compas/compas_two_years.csv.gz");
    let Some(found) = describe(test, path, options("two_year_recid"), "") else {
        return;
    };
    assert_eq!(column(&found, "id").role, Role::Id);
    for name in ["compas_screening_date", "c_jail_in", "in_custody"] {
        assert_eq!(
            (column(&found, name).role, kinds_about(&found, name)),
            (Role::Ignored, vec![Date])
        );
    }
    for (name, twin) in [("decile_score.1", "decile_score"), ("priors_count.1", "priors_count")] {
        assert_eq!(column(&found, name).role, Role::Ignored, "{name}");
        let about = |w: &&&linecall_data::infer::Warning| w.column.as_deref() == Some(name);
        let duplicates = of_kind(&found, Duplicate);
        assert!(duplicates.iter().find(about).unwrap().text.contains(&format!("`{twin}`")));
    }
    assert_eq!(kinds_about(&found, "violent_recid"), [NearlyAllMissing]);
    assert_eq!(kinds_about(&found, "type_of_assessment"), [Constant]);
    // Both columns hold what happened after the decision.
    let separates: Vec<_> = of_kind(&found, Separates).iter().map(|w| w.column.clone()).collect();
    assert_eq!(separates, [Some("is_recid".to_owned()), Some("r_charge_degree".to_owned())]);
    assert_eq!(column(&found, "c_charge_degree").kind, Kind::Category);
    assert_eq!(column(&found, "days_b_screening_arrest").missing, Missing::Indicator);
}

#[test]
fn give_me_some_credit() {
    let (test, path) = ("give_me_some_credit", "give_me_some_credit/gmsc_part.csv.gz");
    let Some(found) = describe(test, path, options("SeriousDlqin2yrs"), "") else {
        return;
    };
    for (name, kind) in [
        ("RevolvingUtilizationOfUnsecuredLines", Kind::Number),
        ("DebtRatio", Kind::Number),
        ("age", Kind::Integer),
        ("NumberOfDependents", Kind::Integer),
        ("NumberOfTime30-59DaysPastDueNotWorse", Kind::Integer),
    ] {
        assert_eq!(
            (column(&found, name).kind, column(&found, name).mutable),
            (kind, name != "age")
        );
    }
    assert_eq!(found.schema.features().count(), 10);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}

#[test]
fn mushroom() {
    let (test, path) = ("mushroom", "scorecard/mushroom_data.csv.gz");
    let Some(found) = describe(test, path, options("poisonous"), "") else {
        return;
    };
    let boolean = |c: &&ColumnSchema| c.kind == Kind::Boolean && c.levels == ["0", "1"];
    assert_eq!(found.schema.columns.iter().filter(boolean).count(), 114);
    assert_eq!(of_kind(&found, Duplicate).len(), 5);
    assert_eq!(of_kind(&found, Relabelled).len(), 4);
    assert!(of_kind(&found, Leak).is_empty());
    let warning = only(&found, Separates);
    assert!(warning.text.contains("`odor_eq_foul` is `1` in 2160 rows"), "{}", warning.text);
    assert!(column(&found, "stalk_shape_eq_tapering").mutable);
}

#[test]
fn a_sum_that_decides_is_a_leak() {
    let Some(found) =
        describe("a_sum_that_decides_is_a_leak", "ricci/ricci_race.csv", options("Promoted"), "")
    else {
        return;
    };
    assert_eq!(only(&found, Leak).column.as_deref(), Some("Combine"));
    assert!(!column(&found, "Race").mutable);
}

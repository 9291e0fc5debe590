//! Columns: coefficients and schemas.

use linecall::CoefficientRow;
use linecall_data::Schema;
use linecall_data::schema::{ColumnSchema, Direction, Kind, Missing, Role, TargetSchema};

pub(crate) fn column(
    name: &str,
    unit: Option<&str>,
    reference: Option<&str>,
    standardized: Vec<f64>,
    deviation: f64,
    folds: bool,
) -> CoefficientRow {
    let wobble = 0.02 + 0.01 * (name.len() % 7) as f64;
    let range = |v: &f64| [v - wobble - 0.07 * v.abs(), v + 0.7 * wobble + 0.04 * v.abs()];
    CoefficientRow {
        name: name.to_owned(),
        unit: unit.map(str::to_owned),
        reference: reference.map(str::to_owned),
        coef: standardized.iter().map(|v| v / deviation).collect(),
        fold_range: if folds { standardized.iter().map(range).collect() } else { Vec::new() },
        standardized,
    }
}

const MONTHS: [&str; 6] = ["September", "August", "July", "June", "May", "April"];

pub(crate) fn credit_columns() -> Vec<CoefficientRow> {
    let mut out = vec![
        column("LIMIT_BAL", Some("NT$"), None, vec![-0.0981], 129_747.0, true),
        column("AGE", Some("years"), None, vec![0.0694], 9.22, true),
        column("SEX = female", None, Some("SEX = male"), vec![-0.0539], 0.49, true),
    ];
    for (level, value) in [("university", -0.0116), ("high school", -0.0371), ("other", -0.1621)] {
        let name = format!("EDUCATION = {level}");
        out.push(column(&name, None, Some("EDUCATION = graduate school"), vec![value], 0.45, true));
    }
    for (level, value) in [("single", -0.0902), ("other", -0.0093)] {
        let name = format!("MARRIAGE = {level}");
        out.push(column(&name, None, Some("MARRIAGE = married"), vec![value], 0.5, true));
    }
    let pay = [0.6482, 0.0967, 0.0817, 0.0288, 0.0374, 0.0061];
    let bill = [-0.3104, 0.1187, 0.0719, -0.0052, 0.0311, 0.0185];
    let paid = [-0.2031, -0.2213, -0.0433, -0.0614, -0.0502, -0.0372];
    for (k, month) in MONTHS.iter().enumerate() {
        let k0 = if k == 0 { 0 } else { k + 1 };
        let name = format!("PAY_{k0}, months behind in {month}");
        out.push(column(&name, Some("months"), None, vec![pay[k]], 1.12, true));
        out.push(column(
            &format!("BILL_AMT{}", k + 1),
            Some("NT$"),
            None,
            vec![bill[k]],
            68_000.0,
            true,
        ));
        out.push(column(
            &format!("PAY_AMT{}", k + 1),
            Some("NT$"),
            None,
            vec![paid[k]],
            17_600.0,
            true,
        ));
    }
    for k in 0..5 {
        let name = format!("BILL_AMT{} missing", k + 1);
        out.push(column(
            &name,
            None,
            Some("BILL_AMT present"),
            vec![0.004 * f64::from(k) - 0.009],
            0.1,
            true,
        ));
    }
    out.push(column("MARRIAGE missing", None, None, vec![0.0], 0.1, true));
    out
}

pub(crate) fn credit_schema() -> Schema {
    let target = "default payment next month";
    let mut columns = vec![ColumnSchema::new("ID", Role::Id, Kind::Integer)];
    let mut limit = ColumnSchema::new("LIMIT_BAL", Role::Feature, Kind::Integer);
    limit.unit = Some("NT$".to_owned());
    limit.min = Some(10_000.0);
    limit.max = Some(1_000_000.0);
    columns.push(limit);
    let levels = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let mut sex = ColumnSchema::new("SEX", Role::Feature, Kind::Category);
    sex.levels = levels(&["male", "female"]);
    sex.reference = Some("male".to_owned());
    sex.mutable = false;
    columns.push(sex);
    let mut education = ColumnSchema::new("EDUCATION", Role::Feature, Kind::Category);
    education.levels = levels(&["graduate school", "university", "high school", "other"]);
    education.reference = Some("graduate school".to_owned());
    education.direction = Direction::Increase;
    education.missing = Missing::Category;
    education.missing_codes = levels(&["0", "5", "6"]);
    columns.push(education);
    let mut age = ColumnSchema::new("AGE", Role::Feature, Kind::Integer);
    age.unit = Some("years".to_owned());
    age.mutable = false;
    age.min = Some(18.0);
    columns.push(age);
    for k in 1..7 {
        let mut bill = ColumnSchema::new(format!("BILL_AMT{k}"), Role::Feature, Kind::Integer);
        bill.unit = Some("NT$".to_owned());
        bill.missing = Missing::Indicator;
        columns.push(bill);
    }
    columns.push(ColumnSchema::new(target, Role::Target, Kind::Boolean));
    let labels = [("0", "pays next month"), ("1", "defaults next month")];
    Schema {
        version: 1,
        rules: Vec::new(),
        target: TargetSchema {
            column: target.to_owned(),
            classes: levels(&["0", "1"]),
            positive: Some("1".to_owned()),
            favourable: Some("0".to_owned()),
            multilabel: None,
            labels: labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        },
        columns,
    }
}

pub(crate) fn small_schema(target: &str, classes: &[&str], columns: &[&str]) -> Schema {
    let feature = |c: &&str| ColumnSchema::new(*c, Role::Feature, Kind::Number);
    let mut columns: Vec<ColumnSchema> = columns.iter().map(feature).collect();
    columns.push(ColumnSchema::new(target, Role::Target, Kind::Category));
    Schema {
        version: 1,
        rules: Vec::new(),
        target: TargetSchema {
            column: target.to_owned(),
            classes: classes.iter().map(|c| (*c).to_owned()).collect(),
            positive: None,
            favourable: None,
            multilabel: None,
            labels: Default::default(),
        },
        columns,
    }
}

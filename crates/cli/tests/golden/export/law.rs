// A linear classifier of repaid, written by linecall VERSION.
// Classes: no, yes.
//
// A missing cell is None; a number that is NaN and an empty text count as missing too.

#![allow(dead_code, unused_parens, clippy::all)]

/// The classes, in the order of the probabilities.
pub const CLASSES: [&str; 2] = [
    "no",
    "yes",
];

/// The columns, in the order of the fields of [`Row`].
pub const COLUMNS: [&str; 5] = [
    "age",
    "income",
    "city",
    "owner",
    "rating",
];

/// The cells of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    // age
    pub age: Option<f64>,
    // income
    pub income: Option<f64>,
    // city
    pub city: Option<&'a str>,
    // owner
    pub owner: Option<&'a str>,
    // rating
    pub rating: Option<&'a str>,
}

/// The answer for a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// A position in [`CLASSES`].
    pub call: usize,
    /// One a class.
    pub probability: [f64; 2],
    /// One a score.
    pub score: [f64; 1],
}

/// Calls a row.
///
/// # Errors
/// The position in [`COLUMNS`] of the first column that the model refuses.
pub fn call(row: &Row) -> Result<Answer, usize> {
    let mut s: [f64; 1] = [(-4.9e0)];
    // age
    {
        let x = row.age.filter(|v| !v.is_nan());
        if x.is_some_and(|v| v.is_infinite() || v != v.floor() || v < 1.8e1 || v > 1.2e2) {
            return Err(0);
        }
        let v = x.ok_or(0usize)?;
        s[0] += 5e-2 * v;
        let _ = v;
    }
    // income
    {
        let x = row.income.filter(|v| !v.is_nan() && *v != (-1e0));
        if x.is_some_and(|v| v.is_infinite()) {
            return Err(1);
        }
        let v = x.ok_or(1usize)?;
        s[0] += 1e-3 * v;
        let _ = v;
    }
    // city
    {
        const ADDS: [[f64; 1]; 5] = [
            [0e0],
            [7.000000000000001e-1],
            [2.4999999999999994e-2],
            [4e-1],
            [0e0],
        ];
        let level: usize = match row.city.unwrap_or("") {
            "" => 3,
            "Bern" => 0,
            "Oslo" => 1,
            "Rome" => 2,
            _ => 4,
        };
        s.iter_mut().zip(ADDS[level]).for_each(|(s, adds)| *s += adds);
    }
    // owner
    {
        const ADDS: [[f64; 1]; 4] = [
            [0e0],
            [7.5e-1],
            [0e0],
            [0e0],
        ];
        let level: usize = match row.owner.unwrap_or("") {
            "" => 2,
            "0" => 0,
            "1" => 1,
            "0.0" => 0,
            "1.0" => 1,
            _ => 3,
        };
        if level == 2 {
            return Err(3);
        }
        if level == 3 {
            return Err(3);
        }
        s.iter_mut().zip(ADDS[level]).for_each(|(s, adds)| *s += adds);
    }
    // rating
    {
        const ADDS: [[f64; 1]; 5] = [
            [0e0],
            [(-3e-1)],
            [(-6e-1)],
            [0e0],
            [0e0],
        ];
        let level: usize = match row.rating.unwrap_or("") {
            "" => 3,
            "low" => 0,
            "mid" => 1,
            "high" => 2,
            _ => 4,
        };
        if level == 3 {
            return Err(4);
        }
        if level == 4 {
            return Err(4);
        }
        s.iter_mut().zip(ADDS[level]).for_each(|(s, adds)| *s += adds);
    }
    let v0: f64 = f64::exp((0e0 - f64::abs(s[0])));
    let v1: f64 = ((if s[0] >= 0e0 { 1e0 } else { v0 }) / (1e0 + v0));
    let v2: f64 = (1e0 - v1);
    let v3: f64 = v1;
    let call = if s[0] > 0e0 { 1 } else { 0 };
    Ok(Answer { call, probability: [v2, v3], score: s })
}

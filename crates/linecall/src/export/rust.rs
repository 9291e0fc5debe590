//! One Rust file without dependencies and without `unsafe`: a row, an answer, and a function.

use super::program::{Call, Input, Kind, Number, Program};
use super::words::{Speak, comment, fields, number, rust_text};

/// The file.
pub(crate) fn print(program: &Program, heading: &[String]) -> String {
    let mut out = String::new();
    for line in heading {
        out.push_str(&format!("// {}\n", comment(line)));
    }
    out.push_str("//\n// A missing cell is None; a number that is NaN and an empty text count as missing too.\n\n");
    out.push_str("#![allow(dead_code, unused_parens, clippy::all)]\n\n");
    let classes = program.classes.len();
    let k = program.scores.len();
    let names: Vec<String> = program.classes.iter().map(|class| rust_text(class)).collect();
    out.push_str(&format!(
        "/// The classes, in the order of the probabilities.\n\
         pub const CLASSES: [&str; {classes}] = [\n    {},\n];\n\n",
        names.join(",\n    ")
    ));
    let columns: Vec<String> = program.inputs.iter().map(|input| rust_text(&input.name)).collect();
    out.push_str(&format!(
        "/// The columns, in the order of the fields of [`Row`].\n\
         pub const COLUMNS: [&str; {}] = [\n    {},\n];\n\n",
        columns.len(),
        columns.join(",\n    ")
    ));
    let fields = fields(program.inputs.iter().map(|input| input.name.as_str()));
    out.push_str(&row(program, &fields));
    out.push_str(
        "/// The answer for a row.\n#[derive(Clone, Debug, PartialEq)]\npub struct Answer {\n",
    );
    out.push_str(&match program.call {
        Call::Set(_) => {
            format!("    /// Whether each label is called.\n    pub called: [bool; {classes}],\n")
        }
        _ => "    /// A position in [`CLASSES`].\n    pub call: usize,\n".to_owned(),
    });
    if !program.steps.probability.is_empty() {
        out.push_str(&format!("    /// One a class.\n    pub probability: [f64; {classes}],\n"));
    }
    out.push_str(&format!("    /// One a score.\n    pub score: [f64; {k}],\n}}\n\n"));
    out.push_str(
        "/// Calls a row.\n///\n/// # Errors\n/// The position in [`COLUMNS`] of the first column that \
         the model refuses.\n",
    );
    let intercepts: Vec<String> = program.sums().map(|s| number(s.intercept)).collect();
    out.push_str(&format!(
        "pub fn call(row: &Row) -> Result<Answer, usize> {{\n    let mut s: [f64; {}] = [{}];\n",
        intercepts.len(),
        intercepts.join(", ")
    ));
    if program.matrix {
        out.push_str(&matrix(program));
    } else {
        for (at, (input, field)) in program.inputs.iter().zip(&fields).enumerate() {
            out.push_str(&one(program, at, input, field));
        }
    }
    out.push_str(&end(program));
    out
}

fn row(program: &Program, fields: &[String]) -> String {
    let text = program.inputs.iter().any(|input| matches!(input.kind, Kind::Levels(_)));
    let (derive, life) = ("#[derive(Clone, Debug, PartialEq)]\n", if text { "<'a>" } else { "" });
    let mut out = format!("/// The cells of a row.\n{derive}pub struct Row{life} {{\n");
    if program.matrix {
        out.push_str(&format!(
            "    /// The columns, from the first.\n    pub x: [f64; {}],\n",
            program.inputs.len()
        ));
    } else {
        for (input, field) in program.inputs.iter().zip(fields) {
            let kind = match input.kind {
                Kind::Number(_) => "Option<f64>",
                Kind::Levels(_) => "Option<&'a str>",
            };
            out.push_str(&format!("    // {}\n    pub {field}: {kind},\n", comment(&input.name)));
        }
    }
    out + "}\n\n"
}

/// The conditions under which a number that is there is refused.
fn wrong(own: &Number) -> String {
    let mut wrong = vec!["v.is_infinite()".to_owned()];
    wrong.extend(own.whole.then(|| "v != v.floor()".to_owned()));
    wrong.extend(own.min.map(|min| format!("v < {}", number(min))));
    wrong.extend(own.max.map(|max| format!("v > {}", number(max))));
    wrong.join(" || ")
}

fn one(program: &Program, at: usize, input: &Input, field: &str) -> String {
    let mut out = format!("    // {}\n    {{\n", comment(&input.name));
    match &input.kind {
        Kind::Number(own) => {
            let codes = own.codes.iter().map(|code| format!(" && *v != {}", number(*code)));
            out.push_str(&format!(
                "        let x = row.{field}.filter(|v| !v.is_nan(){});\n\
                 \x20       if x.is_some_and(|v| {}) {{\n            return Err({at});\n        }}\n",
                codes.collect::<String>(),
                wrong(own)
            ));
            out.push_str(&match own.fill {
                Some(fill) => format!("        let v = x.unwrap_or({});\n", number(fill)),
                None => format!("        let v = x.ok_or({at}usize)?;\n"),
            });
            if let Some(above) = own.above {
                out.push_str(&format!(
                    "        let v = if v > {} {{ 1e0 }} else {{ 0e0 }};\n",
                    number(above)
                ));
            }
            for (k, score) in program.sums().enumerate() {
                let (slope, flag) = (input.slope(score), input.flag_slope(score));
                if let Some(cuts) = &own.steps {
                    for (cut, step) in cuts.iter().zip(input.step_slopes(own, score)) {
                        out.push_str(&format!(
                            "        if v >= {} {{\n            s[{k}] += {};\n        }}\n",
                            number(*cut),
                            number(step)
                        ));
                    }
                } else if slope != 0.0 {
                    out.push_str(&format!("        s[{k}] += {} * v;\n", number(slope)));
                }
                if own.flag && flag != 0.0 {
                    out.push_str(&format!(
                        "        if x.is_none() {{\n            s[{k}] += {};\n        }}\n",
                        number(flag)
                    ));
                }
            }
            out.push_str("        let _ = v;\n");
        }
        Kind::Levels(own) => {
            let count = own.names.len();
            let mut arms = String::new();
            for (text, level) in &own.spellings {
                let place = level.unwrap_or(count);
                arms.push_str(&format!("            {} => {place},\n", rust_text(text)));
            }
            let rows =
                own.entries.iter().map(Some).chain([own.missing.as_ref(), own.other.as_ref()]);
            let adds = rows.map(|entries| {
                let of = |score| entries.map_or(0.0, |entries| input.adds(score, entries));
                let of: Vec<String> = program.sums().map(|score| number(of(score))).collect();
                format!("[{}]", of.join(", "))
            });
            out.push_str(&format!(
                "        const ADDS: [[f64; {}]; {}] = [\n            {},\n        ];\n\
                 \x20       let level: usize = match row.{field}.unwrap_or(\"\") {{\n\
                 \x20           \"\" => {count},\n{arms}            _ => {},\n        }};\n",
                program.sums().count(),
                count + 2,
                adds.collect::<Vec<_>>().join(",\n            "),
                count + 1
            ));
            for (place, takes) in [(count, own.missing.is_some()), (count + 1, own.other.is_some())]
            {
                if !takes {
                    out.push_str(&format!(
                        "        if level == {place} {{\n            return Err({at});\n        }}\n"
                    ));
                }
            }
            out.push_str(
                "        s.iter_mut().zip(ADDS[level]).for_each(|(s, adds)| *s += adds);\n",
            );
        }
    }
    out + "    }\n"
}

fn matrix(program: &Program) -> String {
    let (k, d) = (program.sums().count(), program.inputs.len());
    let rows = program.sums().map(|score| {
        let row: Vec<String> = score.coef.iter().map(|w| number(*w)).collect();
        format!("[{}]", row.join(", "))
    });
    let above = program.inputs.first().and_then(|input| match &input.kind {
        Kind::Number(own) => own.above,
        Kind::Levels(_) => None,
    });
    let value = match above {
        Some(above) => format!("if *x > {} {{ 1e0 }} else {{ 0e0 }}", number(above)),
        None => "*x".to_owned(),
    };
    format!(
        "    static COEF: [[f64; {d}]; {k}] = [\n        {},\n    ];\n\
         \x20   for (j, x) in row.x.iter().enumerate() {{\n\
         \x20       if !x.is_finite() {{\n            return Err(j);\n        }}\n\
         \x20       let x = {value};\n\
         \x20       s.iter_mut().zip(&COEF).for_each(|(s, coef)| *s += coef[j] * x);\n    }}\n",
        rows.collect::<Vec<_>>().join(",\n        ")
    )
}

struct Rust;

impl Speak for Rust {
    fn score(&self, at: usize) -> String {
        format!("s[{at}]")
    }

    fn step(&self, at: usize) -> String {
        format!("v{at}")
    }

    fn function(&self, name: &str, of: &str) -> String {
        format!("f64::{name}({of})")
    }

    fn power(&self, of: &str, to: &str) -> String {
        format!("f64::powf({of}, {to})")
    }

    fn choose(&self, condition: &str, then: &str, otherwise: &str) -> String {
        format!("(if {condition} {{ {then} }} else {{ {otherwise} }})")
    }
}

fn end(program: &Program) -> String {
    let mut out = String::new();
    for (at, step) in program.steps.steps.iter().enumerate() {
        out.push_str(&format!("    let v{at}: f64 = {};\n", Rust.print(step)));
    }
    let (list, of) = match program.ruled() {
        Some(ruled) => {
            let list: Vec<String> = ruled.iter().map(|at| format!("v{at}")).collect();
            let list = list.join(", ");
            (format!("    let r: [f64; {}] = [{list}];\n", program.classes.len()), "r")
        }
        None => (String::new(), "s"),
    };
    out.push_str(&match program.call {
        Call::Positive(positive) if program.ruled().is_none() => {
            let (other, threshold) = (1 - positive.min(1), number(program.threshold()));
            format!("    let call = if s[0] > {threshold} {{ {positive} }} else {{ {other} }};\n")
        }
        Call::Positive(_) | Call::Largest => format!(
            "{list}    let mut call = 0;\n    for (k, score) in {of}.iter().enumerate() {{\n        \
             if *score > {of}[call] {{\n            call = k;\n        }}\n    }}\n"
        ),
        Call::Set(_) => "    let called = s.map(|score| score > 0e0);\n".to_owned(),
    });
    let probability: Vec<String> =
        program.steps.probability.iter().map(|step| format!("v{step}")).collect();
    let call = if matches!(program.call, Call::Set(_)) { "called" } else { "call" };
    let probability = match probability.is_empty() {
        true => String::new(),
        false => format!(" probability: [{}],", probability.join(", ")),
    };
    let score = match program.hidden.is_empty() {
        true => "score: s".to_owned(),
        false => {
            let own: Vec<String> = (0..program.scores.len()).map(|k| format!("s[{k}]")).collect();
            format!("score: [{}]", own.join(", "))
        }
    };
    out + &format!("    Ok(Answer {{ {call},{probability} {score} }})\n}}\n")
}

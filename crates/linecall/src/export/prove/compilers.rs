//! C through `cc` and Rust through `rustc`: the file as it is, and a small `main` beside it that reads
//! rows and prints answers.

use std::fmt::Write as _;
use std::path::Path;

use super::super::Made;
use super::super::json::{Cell, Said};
use super::super::program::{Call, Kind, Program};
use super::super::words::fields;
use super::tool::{Bench, find};
use super::{Cases, DOUBLE, Found};
use crate::{Error, Result};

/// Rows as words: numbers, `m` for a missing cell, `h` and hexadecimal digits for a text.
fn words(cases: &Cases) -> String {
    let mut out = format!("{}\n", cases.all.len());
    for case in &cases.all {
        for cell in &case.cells {
            match cell {
                Cell::Missing => out.push('m'),
                Cell::Number(value) => out.push_str(&format!("{value:e}")),
                Cell::Text(text) => {
                    out.push('h');
                    text.bytes().for_each(|byte| {
                        // Writing to a String cannot fail.
                        let _ = write!(out, "{byte:02x}");
                    });
                }
            }
            out.push(' ');
        }
        out.push('\n');
    }
    out
}

/// What such a `main` prints: `r` for a row that is refused, else the classes called (by position,
/// joined by commas, `-` for none), probabilities and scores.
pub(super) fn answers(text: &str, program: &Program) -> Option<Vec<Option<Said>>> {
    let p = program.steps.probability.len();
    let mark = match program.call {
        Call::Set(mark) => mark.to_string(),
        _ => String::new(),
    };
    let answer = |line: &str| -> Option<Option<Said>> {
        if line == "r" {
            return Some(None);
        }
        let (called, rest) = line.split_once(' ')?;
        let called: Option<Vec<String>> = called
            .split(',')
            .filter(|place| !place.is_empty() && *place != "-")
            .map(|place| program.classes.get(place.parse::<usize>().ok()?).cloned())
            .collect();
        let numbers: Option<Vec<f64>> =
            rest.split_whitespace().map(|word| word.parse().ok()).collect();
        let numbers = numbers?;
        let (probability, score) = numbers.split_at_checked(p)?;
        if score.len() != program.scores.len() {
            return None;
        }
        let (probability, score) = (probability.to_vec(), score.to_vec());
        Some(Some(Said { call: called?.join(&mark), probability, score }))
    };
    text.lines().map(answer).collect()
}

fn found(made: &Made, evaluator: String, said: &str, program: &Program) -> Result<Found> {
    let answers = answers(said, program).ok_or_else(|| {
        let name = made.format.name();
        Error::Question(format!("{name}: {evaluator}: the answers cannot be read"))
    })?;
    Ok(Found { evaluator, answers, tolerance: DOUBLE, printed: 0.0, refusals: true, note: None })
}

pub(super) fn c(made: &Made, program: &Program, cases: &Cases) -> Result<Found> {
    let bench = Bench::new("c")?;
    let compiler = find("cc").or_else(|| find("gcc")).or_else(|| find("clang"));
    let compiler = compiler.ok_or_else(|| {
        bench.absent("a C compiler (`cc`)", "install one (Debian: gcc libc6-dev)")
    })?;
    bench.put("model.c", made.bytes())?;
    bench.put("main.c", c_main(program))?;
    let rows = bench.put("rows", words(cases))?;
    let arguments = ["-std=c99", "-O1", "-o", "score", "main.c", "-lm"];
    let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(std::ffi::OsStr::new).collect();
    bench.run(&compiler, &arguments, None)?;
    let said = bench.run(&bench.path("score"), &[], Some(&rows))?;
    let evaluator = bench.version(&compiler, "--version");
    found(made, evaluator, &said, program)
}

fn c_main(program: &Program) -> String {
    let mut reads = String::new();
    if program.matrix {
        reads = format!(
            "        for (int j = 0; j < {}; j++) row.x[j] = number();\n",
            program.inputs.len()
        );
    } else {
        let fields = fields(program.inputs.iter().map(|input| input.name.as_str()));
        for (input, field) in program.inputs.iter().zip(fields) {
            let how = match input.kind {
                Kind::Number(_) => "number",
                Kind::Levels(_) => "text",
            };
            reads.push_str(&format!("        row.{field} = {how}();\n"));
        }
    }
    let call = match program.call {
        Call::Set(_) => format!(
            "        printf(\"-\");\n        for (int k = 0; k < {}; k++) if (answer.called[k]) \
             printf(\",%d\", k);\n",
            program.classes.len()
        ),
        _ => "        printf(\"%d\", answer.call);\n".to_owned(),
    };
    let list = |name: &str, count: usize| {
        format!("        for (int k = 0; k < {count}; k++) printf(\" %.17g\", answer.{name}[k]);\n")
    };
    let probability = match program.steps.probability.len() {
        0 => String::new(),
        count => list("probability", count),
    };
    let score = list("score", program.scores.len());
    format!(
        r#"#include "model.c"
#include <stdio.h>
#include <stdlib.h>
static char *token(void)
{{
    size_t room = 64, length = 0;
    char *out = malloc(room);
    int c = getchar();
    while (c == ' ' || c == '\n') c = getchar();
    while (c != EOF && c != ' ' && c != '\n') {{
        if (length + 2 > room) out = realloc(out, room *= 2);
        out[length++] = (char)c;
        c = getchar();
    }}
    out[length] = '\0';
    return out;
}}
double number(void)
{{
    char *word = token();
    double value = word[0] == 'm' ? NAN : strtod(word, NULL);
    free(word);
    return value;
}}
const char *text(void)
{{
    char *word = token();
    size_t length = strlen(word) / 2;
    if (word[0] == 'm') return NULL;
    for (size_t i = 0; i < length; i++) {{
        char pair[3] = {{ word[1 + 2 * i], word[2 + 2 * i], '\0' }};
        word[i] = (char)strtol(pair, NULL, 16);
    }}
    word[length] = '\0';
    return word;
}}
int main(void)
{{
    long rows = strtol(token(), NULL, 10);
    static linecall_row row;
    for (long i = 0; i < rows; i++) {{
        linecall_answer answer;
{reads}        if (linecall_call(&row, &answer) != 0) {{
            printf("r\n");
            continue;
        }}
{call}{probability}{score}        printf("\n");
    }}
    return 0;
}}
"#
    )
}

pub(super) fn rust(made: &Made, program: &Program, cases: &Cases) -> Result<Found> {
    let bench = Bench::new("rust")?;
    let compiler =
        find("rustc").ok_or_else(|| bench.absent("`rustc`", "install a Rust toolchain"))?;
    bench.put("model.rs", made.bytes())?;
    bench.put("main.rs", rust_main(program))?;
    let rows = bench.put("rows", words(cases))?;
    let arguments = ["--edition", "2021", "-C", "opt-level=1", "-o", "score", "main.rs"];
    let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(std::ffi::OsStr::new).collect();
    bench.run(&compiler, &arguments, None)?;
    let score = bench.path(&format!("score{}", std::env::consts::EXE_SUFFIX));
    let said = bench.run(Path::new(&score), &[], Some(&rows))?;
    let evaluator = bench.version(&compiler, "--version");
    found(made, evaluator, &said, program)
}

fn rust_main(program: &Program) -> String {
    let mut reads = String::new();
    if program.matrix {
        reads.push_str("x: { let mut x = [0.0; ");
        reads.push_str(&format!("{}]; ", program.inputs.len()));
        reads.push_str(
            "x.iter_mut().for_each(|x| *x = number(&mut words).unwrap_or(f64::NAN)); x },",
        );
    } else {
        let fields = fields(program.inputs.iter().map(|input| input.name.as_str()));
        for (input, field) in program.inputs.iter().zip(fields) {
            reads.push_str(&match input.kind {
                Kind::Number(_) => format!("            {field}: number(&mut words),\n"),
                Kind::Levels(_) => {
                    format!("            {field}: text(&mut words, &mut texts),\n")
                }
            });
        }
    }
    let call = match program.call {
        Call::Set(_) => {
            "print!(\"-\"); for (k, c) in answer.called.iter().enumerate() { if *c { print!(\",{k}\"); } }"
        }
        _ => "print!(\"{}\", answer.call);",
    };
    let probability = match program.steps.probability.is_empty() {
        true => "",
        false => "for p in answer.probability { print!(\" {p:e}\"); }",
    };
    format!(
        r#"#![allow(dead_code, unused)]
#[path = "model.rs"]
mod model;
type Words<'w> = std::str::SplitWhitespace<'w>;
fn number(words: &mut Words) -> Option<f64> {{
    words.next().unwrap().parse().ok()
}}
fn text(words: &mut Words, _: &mut ()) -> Option<&'static str> {{
    let word = words.next().unwrap();
    let digits = word.strip_prefix('h')?.as_bytes();
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    let bytes = digits.chunks(2).map(|two| digit(two[0]) * 16 + digit(two[1])).collect();
    Some(Box::leak(String::from_utf8(bytes).unwrap().into_boxed_str()))
}}
fn main() {{
    let mut all = String::new();
    std::io::Read::read_to_string(&mut std::io::stdin(), &mut all).unwrap();
    let mut words = all.split_whitespace();
    let rows: usize = words.next().unwrap().parse().unwrap();
    let mut texts = ();
    for _ in 0..rows {{
        let row = model::Row {{
{reads}
        }};
        match model::call(&row) {{
            Err(_) => println!("r"),
            Ok(answer) => {{
                {call}
                {probability}
                for s in answer.score {{ print!(" {{s:e}}"); }}
                println!();
            }}
        }}
    }}
}}
"#
    )
}

//! One C99 file: a row, an answer, and a function that needs the mathematics library alone.

use super::program::{Call, Input, Kind, Number, Program};
use super::words::{Speak, c_text, comment, fields, number};

/// The file.
pub(crate) fn print(program: &Program, heading: &[String]) -> String {
    let mut out = String::from("/*\n");
    for line in heading {
        out.push_str(&format!(" * {}\n", comment(line)));
    }
    out.push_str(
        " *\n * C99; link with -lm. A missing number is NAN, a missing text NULL or \"\".\n */\n\
         #include <math.h>\n#include <stddef.h>\n#include <string.h>\n\n",
    );
    let (k, classes) = (program.scores.len(), program.classes.len());
    let sums = program.sums().count();
    let names: Vec<String> = program.classes.iter().map(|class| c_text(class)).collect();
    out.push_str(&format!(
        "/* The classes, in the order of the probabilities. */\n\
         const char *const linecall_classes[{classes}] = {{\n    {}\n}};\n\n",
        names.join(",\n    ")
    ));
    let fields = fields(program.inputs.iter().map(|input| input.name.as_str()));
    out.push_str(&row(program, &fields));
    out.push_str("/* The answer for a row. */\ntypedef struct linecall_answer {\n");
    out.push_str(&match program.call {
        Call::Set(_) => format!("    int called[{classes}]; /* 1 for each label called */\n"),
        _ => "    int call; /* a position in linecall_classes */\n".to_owned(),
    });
    if !program.steps.probability.is_empty() {
        out.push_str(&format!("    double probability[{classes}];\n"));
    }
    out.push_str(&format!("    double score[{k}];\n}} linecall_answer;\n\n"));
    if program.inputs.iter().any(|input| matches!(input.kind, Kind::Levels(_))) {
        out.push_str(FIND);
    }
    out.push_str(&format!(
        "/* Calls a row. Gives 0, or the number (from 1) of the first column that the model refuses;\n\
         \x20  there is no answer then. */\n\
         int linecall_call(const linecall_row *row, linecall_answer *answer)\n{{\n    double s[{sums}];\n"
    ));
    let intercepts = program.sums().enumerate();
    for (k, score) in intercepts {
        out.push_str(&format!("    s[{k}] = {};\n", number(score.intercept)));
    }
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

const FIND: &str = "\
/* The place of a text among sorted ones; -1 where it is not there. */
static int linecall_find(const char *text, const char *const *texts, int count)
{
    int low = 0, high = count - 1;
    while (low <= high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(text, texts[middle]);
        if (order == 0) return middle;
        if (order < 0) high = middle - 1; else low = middle + 1;
    }
    return -1;
}

";

fn row(program: &Program, fields: &[String]) -> String {
    let mut out = String::from("/* The cells of a row. */\ntypedef struct linecall_row {\n");
    if program.matrix {
        out.push_str(&format!("    double x[{}]; /* columns from 1 */\n", program.inputs.len()));
    } else {
        for (input, field) in program.inputs.iter().zip(fields) {
            let kind = match input.kind {
                Kind::Number(_) => "double ",
                Kind::Levels(_) => "const char *",
            };
            out.push_str(&format!("    {kind}{field}; /* {} */\n", comment(&input.name)));
        }
    }
    out + "} linecall_row;\n\n"
}

/// The conditions under which a number is refused, of `x` and `missing`.
fn wrong(own: &Number) -> String {
    let mut wrong = vec!["isinf(x)".to_owned()];
    wrong.extend(own.whole.then(|| "x != floor(x)".to_owned()));
    wrong.extend(own.min.map(|min| format!("x < {}", number(min))));
    wrong.extend(own.max.map(|max| format!("x > {}", number(max))));
    let present = format!("!missing && ({})", wrong.join(" || "));
    match own.fill {
        None => format!("missing || ({present})"),
        Some(_) => present,
    }
}

fn one(program: &Program, at: usize, input: &Input, field: &str) -> String {
    let k = program.sums().count();
    let name = comment(&input.name);
    let mut out = format!("    /* {}: {name} */\n    {{\n", at + 1);
    match &input.kind {
        Kind::Number(own) => {
            out.push_str(&format!("        double x = row->{field};\n"));
            let codes = own.codes.iter().map(|code| format!(" || x == {}", number(*code)));
            out.push_str(&format!(
                "        int missing = isnan(x){};\n        if ({}) return {};\n",
                codes.collect::<String>(),
                wrong(own),
                at + 1
            ));
            if let Some(fill) = own.fill {
                out.push_str(&format!("        if (missing) x = {};\n", number(fill)));
            }
            if let Some(above) = own.above {
                out.push_str(&format!("        x = x > {} ? 1e0 : 0e0;\n", number(above)));
            }
            for (k, score) in program.sums().enumerate() {
                let (slope, flag) = (input.slope(score), input.flag_slope(score));
                if let Some(cuts) = &own.steps {
                    for (cut, step) in cuts.iter().zip(input.step_slopes(own, score)) {
                        let (cut, step) = (number(*cut), number(step));
                        out.push_str(&format!("        if (x >= {cut}) s[{k}] += {step};\n"));
                    }
                } else if slope != 0.0 {
                    out.push_str(&format!("        s[{k}] += {} * x;\n", number(slope)));
                }
                if own.flag && flag != 0.0 {
                    out.push_str(&format!("        if (missing) s[{k}] += {};\n", number(flag)));
                }
            }
            if program.sums().all(|score| input.slope(score) == 0.0) {
                out.push_str("        (void)x;\n");
            }
        }
        Kind::Levels(own) => {
            // Sorted by bytes, as strcmp compares; levels, then missing, then any other text.
            let count = own.names.len();
            let mut texts: Vec<(&str, usize)> = own
                .spellings
                .iter()
                .map(|(text, level)| (text.as_str(), level.unwrap_or(count)))
                .collect();
            texts.sort_unstable();
            let list: Vec<String> = texts.iter().map(|(text, _)| c_text(text)).collect();
            let places: Vec<String> = texts.iter().map(|(_, place)| place.to_string()).collect();
            let rows =
                own.entries.iter().map(Some).chain([own.missing.as_ref(), own.other.as_ref()]);
            let adds = rows.map(|entries| {
                let of = |score| entries.map_or(0.0, |entries| input.adds(score, entries));
                let of: Vec<String> = program.sums().map(|score| number(of(score))).collect();
                format!("{{{}}}", of.join(", "))
            });
            out.push_str(&format!(
                "        static const char *const texts[{n}] = {{\n            {}\n        }};\n\
                 \x20       static const int levels[{n}] = {{{}}};\n\
                 \x20       static const double adds[{}][{k}] = {{\n            {}\n        }};\n",
                list.join(",\n            "),
                places.join(", "),
                count + 2,
                adds.collect::<Vec<_>>().join(",\n            "),
                n = texts.len().max(1),
            ));
            out.push_str(&format!(
                "        const char *x = row->{field};\n        int level = {count};\n\
                 \x20       if (x != NULL && x[0] != '\\0') {{\n\
                 \x20           int place = linecall_find(x, texts, {});\n\
                 \x20           level = place < 0 ? {} : levels[place];\n        }}\n",
                texts.len(),
                count + 1
            ));
            if own.missing.is_none() {
                out.push_str(&format!("        if (level == {count}) return {};\n", at + 1));
            }
            if own.other.is_none() {
                out.push_str(&format!("        if (level == {}) return {};\n", count + 1, at + 1));
            }
            out.push_str(&format!(
                "        for (int k = 0; k < {k}; k++) s[k] += adds[level][k];\n"
            ));
        }
    }
    out + "    }\n"
}

fn matrix(program: &Program) -> String {
    let (k, d) = (program.sums().count(), program.inputs.len());
    let rows = program.sums().map(|score| {
        let row: Vec<String> = score.coef.iter().map(|w| number(*w)).collect();
        format!("{{{}}}", row.join(", "))
    });
    let above = program.inputs.first().and_then(|input| match &input.kind {
        Kind::Number(own) => own.above,
        Kind::Levels(_) => None,
    });
    let value = match above {
        Some(above) => format!("(row->x[j] > {} ? 1e0 : 0e0)", number(above)),
        None => "row->x[j]".to_owned(),
    };
    format!(
        "    static const double coef[{k}][{d}] = {{\n        {}\n    }};\n\
         \x20   for (int j = 0; j < {d}; j++) {{\n\
         \x20       if (!isfinite(row->x[j])) return j + 1;\n\
         \x20       for (int k = 0; k < {k}; k++) s[k] += coef[k][j] * {value};\n    }}\n",
        rows.collect::<Vec<_>>().join(",\n        ")
    )
}

struct C;

impl Speak for C {
    fn score(&self, at: usize) -> String {
        format!("s[{at}]")
    }

    fn step(&self, at: usize) -> String {
        format!("v{at}")
    }

    fn function(&self, name: &str, of: &str) -> String {
        let name = match name {
            "ln" => "log",
            "abs" => "fabs",
            other => other,
        };
        format!("{name}({of})")
    }

    fn power(&self, of: &str, to: &str) -> String {
        format!("pow({of}, {to})")
    }

    fn choose(&self, condition: &str, then: &str, otherwise: &str) -> String {
        format!("({condition} ? {then} : {otherwise})")
    }
}

fn end(program: &Program) -> String {
    let k = program.scores.len();
    let mut out = String::new();
    for (at, step) in program.steps.steps.iter().enumerate() {
        out.push_str(&format!("    const double v{at} = {};\n", C.print(step)));
    }
    for (class, step) in program.steps.probability.iter().enumerate() {
        out.push_str(&format!("    answer->probability[{class}] = v{step};\n"));
    }
    out.push_str(&format!("    for (int k = 0; k < {k}; k++) answer->score[k] = s[k];\n"));
    let (list, of) = match program.ruled() {
        Some(ruled) => {
            let list: Vec<String> = ruled.iter().map(|at| format!("v{at}")).collect();
            let list = list.join(", ");
            (format!("    const double r[{}] = {{{list}}};\n", program.classes.len()), "r")
        }
        None => (String::new(), "s"),
    };
    out.push_str(&match program.call {
        Call::Positive(positive) if program.ruled().is_none() => format!(
            "    answer->call = s[0] > {} ? {positive} : {};\n",
            number(program.threshold()),
            1 - positive.min(1)
        ),
        Call::Positive(_) | Call::Largest => format!(
            "{list}    answer->call = 0;\n    for (int k = 1; k < {}; k++)\n\
             \x20       if ({of}[k] > {of}[answer->call]) answer->call = k;\n",
            program.classes.len()
        ),
        Call::Set(_) => {
            format!("    for (int k = 0; k < {k}; k++) answer->called[k] = s[k] > 0e0;\n")
        }
    });
    out + "    return 0;\n}\n"
}

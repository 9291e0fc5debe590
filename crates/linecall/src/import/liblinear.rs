//! LIBLINEAR's text model file.
//!
//! Lines of `key value`, then `w` and one line a feature with a number a score; with a bias above or
//! equal to 0 a last line for the column that holds it. Two classes have one score, in favour of the
//! class that `label` names first (Crammer and Singer's machine has two, whose difference counts).
//! Numbers that the file claims are only compared with what it holds.

use linecall_data::{Error, ErrorKind, Place};

use super::{Foreign, ImportLink, refuse};

/// Solvers that classify, and whether `-b 1` gives probabilities.
const SOLVERS: [(&str, bool); 8] = [
    ("L2R_LR", true),
    ("L2R_L2LOSS_SVC_DUAL", false),
    ("L2R_L2LOSS_SVC", false),
    ("L2R_L1LOSS_SVC_DUAL", false),
    ("MCSVM_CS", false),
    ("L1R_L2LOSS_SVC", false),
    ("L1R_LR", true),
    ("L2R_LR_DUAL", true),
];

/// The lines before `w`.
#[derive(Default)]
struct Head<'a> {
    solver: Option<&'a str>,
    classes: Option<usize>,
    labels: Option<Vec<String>>,
    features: Option<usize>,
    bias: Option<f64>,
}

pub(super) fn read(text: &str) -> Result<Foreign, Error> {
    let mut head = Head::default();
    let mut lines = (1u64..).zip(text.lines());
    let at = |line: u64, problem: &str| {
        refuse(ErrorKind::Format, problem).at(Place::default().line(line))
    };
    loop {
        let Some((number, line)) = lines.next() else {
            return Err(refuse(ErrorKind::Format, "ends before the line `w` and its coefficients")
                .mend("give the model file that liblinear-train wrote"));
        };
        let (key, rest) = line.split_once(' ').unwrap_or((line.trim_end(), ""));
        let rest = rest.trim();
        let whole = || {
            let count = rest.parse::<usize>();
            count.map_err(|_| at(number, "expected a whole number").value(rest))
        };
        match key {
            "w" => break,
            "solver_type" => head.solver = Some(rest),
            "nr_class" => head.classes = Some(whole()?),
            "nr_feature" => head.features = Some(whole()?),
            "label" => head.labels = Some(rest.split_whitespace().map(str::to_owned).collect()),
            "bias" => head.bias = Some(finite(rest, number)?),
            "rho" => {
                return Err(at(number, "a one-class model does not classify")
                    .mend("import a model of two classes or more"));
            }
            _ => {
                return Err(at(number, "is no key of a LIBLINEAR model").value(key).mend(
                    "expected solver_type, nr_class, label, nr_feature, bias or w; say --from if \
                     the file is of another program",
                ));
            }
        }
    }
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (number, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let row = line.split_whitespace().map(|text| finite(text, number));
        let row = row.collect::<Result<Vec<_>, _>>()?;
        if let Some(first) = rows.first()
            && first.len() != row.len()
        {
            let problem =
                format!("holds {} coefficients, those before it {}", row.len(), first.len());
            return Err(at(number, &problem));
        }
        rows.push(row);
    }
    head.foreign(rows)
}

fn finite(text: &str, line: u64) -> Result<f64, Error> {
    let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
    value.ok_or_else(|| {
        refuse(ErrorKind::Value, "expected a finite number")
            .at(Place::default().line(line))
            .value(text)
    })
}

impl Head<'_> {
    fn foreign(self, mut rows: Vec<Vec<f64>>) -> Result<Foreign, Error> {
        let lacks = |key: &str| refuse(ErrorKind::Format, format!("has no line `{key}`"));
        let solver = self.solver.ok_or_else(|| lacks("solver_type"))?;
        let Some((_, probabilities)) = SOLVERS.iter().find(|s| s.0 == solver) else {
            let names: Vec<&str> = SOLVERS.iter().map(|s| s.0).collect();
            return Err(refuse(ErrorKind::Value, "is no solver that classifies")
                .value(solver)
                .mend(format!("those are {}", names.join(", "))));
        };
        let claimed = self.classes.ok_or_else(|| lacks("nr_class"))?;
        let classes = self.labels.ok_or_else(|| lacks("label"))?;
        if classes.len() != claimed {
            let problem =
                format!("`label` names {} classes, `nr_class` says {claimed}", classes.len());
            return Err(refuse(ErrorKind::Format, problem));
        }
        let features = self.features.ok_or_else(|| lacks("nr_feature"))?;
        let bias = self.bias.unwrap_or(-1.0);
        let expected = features.saturating_add(usize::from(bias >= 0.0));
        if rows.len() != expected {
            return Err(refuse(
                ErrorKind::Format,
                format!(
                    "holds {} lines of coefficients, expected {expected} for {features} features{}",
                    rows.len(),
                    if bias >= 0.0 { " and the bias" } else { "" }
                ),
            )
            .mend("the file is cut short or was changed: write it again"));
        }
        let scores = if claimed == 2 && solver != "MCSVM_CS" { 1 } else { claimed };
        if let Some(row) = rows.first()
            && row.len() != scores
        {
            let problem = format!("a line holds {} coefficients, expected {scores}", row.len());
            return Err(refuse(ErrorKind::Format, problem));
        }
        let last = if bias >= 0.0 { rows.pop() } else { None };
        let intercept = match last {
            Some(row) => row.iter().map(|w| w * bias).collect(),
            None => vec![0.0; scores],
        };
        let of_score = |c: usize| rows.iter().filter_map(|row| row.get(c).copied()).collect();
        let mut coef: Vec<Vec<f64>> = (0..scores).map(of_score).collect();
        let mut intercept: Vec<f64> = intercept;
        if let ([first, second], [a, b]) = (coef.as_slice(), intercept.as_slice()) {
            let apart = first.iter().zip(second).map(|(x, y)| x - y).collect();
            (coef, intercept) = (vec![apart], vec![a - b]);
        }
        let link = if *probabilities { ImportLink::OneVsRest } else { ImportLink::Score };
        Ok(Foreign {
            coef,
            intercept,
            classes,
            speaks_for: 0,
            features: None,
            link: Some(link),
            trainer: Some(solver.to_owned()),
            remarks: Vec::new(),
        })
    }
}

//! ONNX: a graph from raw columns to call, probabilities and scores, in double precision or, on wish, in
//! single.
//!
//! Operators of `ai.onnx` 15 and `ai.onnx.ml` 2 only, which onnxruntime has had since 2021. Each column is
//! an input `[rows, 1]` under its own name (a matrix one input `x`): numbers as doubles with NaN where the
//! cell is missing, levels as texts with the empty one where it is. Outputs: `call` (a text a row, empty
//! where the row is refused; of sets of labels truth values `[rows, labels]`), `probability`
//! `[rows, classes]` and `score` `[rows, scores]`, NaN where the row is refused, and `refused`.
//!
//! Source: ONNX, "onnx.proto3" (IR version 8) and "Operators".

use linecall_linear::Link;

use super::link::{Compare, Expr};
use super::program::{Call, Entries, Input, Kind, Number, Program, Score};
use crate::protobuf::Writer;

const FLOAT: i64 = 1;
const INT64: i64 = 7;
const STRING: i64 = 8;
const BOOL: i64 = 9;
const DOUBLE: i64 = 11;

/// The model file; `single` asks for 32-bit numbers.
pub(crate) fn print(program: &Program, single: bool, heading: &[String]) -> Vec<u8> {
    let mut graph = Graph { single, ..Graph::default() };
    let (design, refused) =
        if program.matrix { matrix(program, &mut graph) } else { table(program, &mut graph) };
    let k = program.scores.len();
    let scores = sums(&program.scores, &design, program.columns.len(), &mut graph);
    let nan = graph.reals("nan", &[1, 1], vec![f64::NAN]);
    let call = match program.ruled() {
        Some(ruled) => {
            let place = largest(program, ruled, &scores, &design, &mut graph);
            named_call(program, &place, &refused, &mut graph)
        }
        None => call(program, &scores, &refused, &mut graph),
    };
    let mut outputs = vec![call];
    if let Some(probability) = probability(program, &scores, &mut graph) {
        let width = program.classes.len() as i64;
        let shown = graph.named("Where", &[&refused, &nan, &probability], "probability");
        outputs.push(value("probability", &shown, graph.real(), width));
    }
    let shown = graph.named("Where", &[&refused, &nan, &scores], "score");
    outputs.push(value("score", &shown, graph.real(), k as i64));
    let shown = graph.named("Identity", &[&refused], "refused");
    outputs.push(value("refused", &shown, BOOL, 1));
    graph.finish(outputs, program, heading)
}

/// What a graph is made of so far.
#[derive(Default)]
struct Graph {
    single: bool,
    nodes: Vec<Writer>,
    tensors: Vec<Writer>,
    inputs: Vec<Writer>,
    taken: std::collections::HashSet<String>,
    count: usize,
}

/// An input or output: name, type of its elements, and its second dimension (the first is the rows).
fn value(_what: &str, name: &str, kind: i64, width: i64) -> Writer {
    let mut shape = Writer::default().message(1, &Writer::default().bytes(2, "rows"));
    if width > 0 {
        shape = shape.message(1, &Writer::default().int(1, width));
    }
    let tensor = Writer::default().int(1, kind).message(2, &shape);
    Writer::default().bytes(1, name).message(2, &Writer::default().message(1, &tensor))
}

impl Graph {
    fn real(&self) -> i64 {
        if self.single { FLOAT } else { DOUBLE }
    }

    /// A name that nothing has yet.
    fn free(&mut self, wish: &str) -> String {
        let mut name = wish.to_owned();
        while !self.taken.insert(name.clone()) {
            self.count += 1;
            name = format!("{wish}_{}", self.count);
        }
        name
    }

    fn fresh(&mut self) -> String {
        self.count += 1;
        let wish = format!("linecall_{}", self.count);
        self.free(&wish)
    }

    fn tensor(&mut self, wish: &str, kind: i64, shape: &[usize], data: Writer) -> String {
        let name = self.free(wish);
        let mut tensor = shape.iter().fold(Writer::default(), |w, d| w.int(1, *d as i64));
        tensor = tensor.int(2, kind);
        let mut bytes = tensor.finish();
        bytes.extend(data.finish());
        bytes.extend(Writer::default().bytes(8, &name).finish());
        // A message made of parts that are messages.
        self.tensors.push(Writer::default().bytes(5, bytes));
        name
    }

    fn reals(&mut self, wish: &str, shape: &[usize], values: Vec<f64>) -> String {
        let bytes: Vec<u8> = match self.single {
            true => values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect(),
            false => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        let kind = self.real();
        self.tensor(wish, kind, shape, Writer::default().bytes(9, bytes))
    }

    fn ints(&mut self, wish: &str, shape: &[usize], values: &[i64]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(wish, INT64, shape, Writer::default().bytes(9, bytes))
    }

    fn truths(&mut self, wish: &str, values: &[bool]) -> String {
        let bytes: Vec<u8> = values.iter().map(|v| u8::from(*v)).collect();
        self.tensor(wish, BOOL, &[values.len()], Writer::default().bytes(9, bytes))
    }

    fn texts(&mut self, wish: &str, values: &[String]) -> String {
        let data = values.iter().fold(Writer::default(), |w, text| w.bytes(6, text));
        self.tensor(wish, STRING, &[values.len()], data)
    }

    fn input(&mut self, name: &str, kind: i64, width: i64) -> String {
        let name = self.free(name);
        self.inputs.push(value("input", &name, kind, width));
        name
    }

    fn node(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.with(operator, inputs, "", &[])
    }

    fn named(&mut self, operator: &str, inputs: &[&str], output: &str) -> String {
        let name = self.free(output);
        self.push(operator, inputs, &name, "", &[]);
        name
    }

    fn with(
        &mut self,
        operator: &str,
        inputs: &[&str],
        domain: &str,
        attributes: &[Writer],
    ) -> String {
        let name = self.fresh();
        self.push(operator, inputs, &name, domain, attributes);
        name
    }

    fn push(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        domain: &str,
        attributes: &[Writer],
    ) {
        let mut node = inputs.iter().fold(Writer::default(), |w, name| w.bytes(1, name));
        node = node.bytes(2, output).bytes(4, operator);
        node = attributes.iter().fold(node, |w, attribute| w.message(5, attribute));
        if !domain.is_empty() {
            node = node.bytes(7, domain);
        }
        self.nodes.push(node);
    }

    /// Any of some truths; none gives nothing.
    fn any(&mut self, mut of: Vec<String>) -> Option<String> {
        let mut all = of.pop()?;
        while let Some(next) = of.pop() {
            all = self.node("Or", &[&next, &all]);
        }
        Some(all)
    }

    fn finish(self, outputs: Vec<Writer>, program: &Program, heading: &[String]) -> Vec<u8> {
        let mut graph: Vec<u8> = Vec::new();
        for node in &self.nodes {
            graph.extend(Writer::default().message(1, node).finish());
        }
        graph.extend(Writer::default().bytes(2, "linecall").finish());
        for tensor in self.tensors {
            graph.extend(tensor.finish());
        }
        for (field, values) in [(11, &self.inputs), (12, &outputs)] {
            for value in values {
                graph.extend(Writer::default().message(field, value).finish());
            }
        }
        let opset = |domain: &str, version: i64| Writer::default().bytes(1, domain).int(2, version);
        let property = |key: &str, value: &str| Writer::default().bytes(1, key).bytes(2, value);
        let classes = serde_json::to_string(&program.classes).unwrap_or_default();
        Writer::default()
            .int(1, 8)
            .bytes(2, "linecall")
            .bytes(3, env!("CARGO_PKG_VERSION"))
            .bytes(6, heading.join("\n"))
            .bytes(7, graph)
            .message(8, &opset("", 15))
            .message(8, &opset("ai.onnx.ml", 2))
            .message(14, &property("classes", &classes))
            .finish()
    }
}

fn int_attribute(name: &str, value: i64) -> Writer {
    Writer::default().bytes(1, name).int(3, value).int(20, 2)
}

fn ints_attribute(name: &str, values: impl IntoIterator<Item = i64>) -> Writer {
    let out = Writer::default().bytes(1, name);
    values.into_iter().fold(out, |w, value| w.int(8, value)).int(20, 7)
}

fn strings_attribute<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Writer {
    let out = Writer::default().bytes(1, name);
    values.into_iter().fold(out, |w, value| w.bytes(9, value)).int(20, 8)
}

/// The design `[rows, columns]` and what is refused `[rows, 1]`.
fn matrix(program: &Program, graph: &mut Graph) -> (String, String) {
    let real = graph.real();
    let x = graph.input("x", real, program.inputs.len() as i64);
    // NaN and infinities times 0 are NaN: so is their sum.
    let zero = graph.reals("zero", &[1, 1], vec![0.0]);
    let gone = graph.node("Mul", &[&x, &zero]);
    let gone = graph.node("IsNaN", &[&gone]);
    let gone = graph.with("Cast", &[&gone], "", &[int_attribute("to", INT64)]);
    let axes = [ints_attribute("axes", [1]), int_attribute("keepdims", 1)];
    let most = graph.with("ReduceMax", &[&gone], "", &axes);
    let refused = graph.with("Cast", &[&most], "", &[int_attribute("to", BOOL)]);
    let above = program.inputs.first().and_then(|input| match &input.kind {
        Kind::Number(own) => own.above,
        Kind::Levels(_) => None,
    });
    let design = match above {
        None => x,
        Some(above) => {
            let above = graph.reals("above", &[1, 1], vec![above]);
            let up = graph.node("Greater", &[&x, &above]);
            graph.with("Cast", &[&up], "", &[int_attribute("to", real)])
        }
    };
    (design, refused)
}

fn table(program: &Program, graph: &mut Graph) -> (String, String) {
    // The user's names come first, so that none of ours takes one.
    let names: Vec<String> = program
        .inputs
        .iter()
        .map(|input| {
            let kind = match input.kind {
                Kind::Number(_) => graph.real(),
                Kind::Levels(_) => STRING,
            };
            graph.input(&input.name, kind, 1)
        })
        .collect();
    let (mut parts, mut refused) = (Vec::new(), Vec::new());
    for (input, name) in program.inputs.iter().zip(&names) {
        match &input.kind {
            Kind::Number(own) => number(own, name, graph, &mut parts, &mut refused),
            Kind::Levels(_) => level(input, name, graph, &mut parts, &mut refused),
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let design = graph.with("Concat", &parts, "", &[int_attribute("axis", 1)]);
    let refused = match graph.any(refused) {
        Some(refused) => refused,
        None => {
            // Nothing is refused: false for each row.
            let zero = graph.ints("column", &[1], &[0]);
            let first = graph.with("Gather", &[&design, &zero], "", &[int_attribute("axis", 1)]);
            let nan = graph.node("IsNaN", &[&first]);
            let not = graph.node("Not", &[&nan]);
            graph.node("And", &[&nan, &not])
        }
    };
    (design, refused)
}

fn number(
    own: &Number,
    x: &str,
    graph: &mut Graph,
    parts: &mut Vec<String>,
    refused: &mut Vec<String>,
) {
    let mut gaps = vec![graph.node("IsNaN", &[x])];
    for code in &own.codes {
        let code = graph.reals("code", &[1, 1], vec![*code]);
        gaps.push(graph.node("Equal", &[x, &code]));
    }
    let Some(gap) = graph.any(gaps) else { return };
    let mut wrong = vec![graph.node("IsInf", &[x])];
    if own.whole {
        let floor = graph.node("Floor", &[x]);
        let same = graph.node("Equal", &[&floor, x]);
        wrong.push(graph.node("Not", &[&same]));
    }
    for (bound, operator) in [(own.min, "Less"), (own.max, "Greater")] {
        if let Some(bound) = bound {
            let bound = graph.reals("bound", &[1, 1], vec![bound]);
            wrong.push(graph.node(operator, &[x, &bound]));
        }
    }
    let there = graph.node("Not", &[&gap]);
    if let Some(wrong) = graph.any(wrong) {
        refused.push(graph.node("And", &[&there, &wrong]));
    }
    if own.fill.is_none() {
        refused.push(gap.clone());
    }
    let fill = graph.reals("fill", &[1, 1], vec![own.fill.unwrap_or(0.0)]);
    let filled = graph.node("Where", &[&gap, &fill, x]);
    match own.steps.as_deref() {
        None => parts.push(filled),
        Some([]) => {}
        Some(cuts) => {
            let cuts = graph.reals("cuts", &[1, cuts.len()], cuts.to_vec());
            let on = graph.node("GreaterOrEqual", &[&filled, &cuts]);
            let real = graph.real();
            parts.push(graph.with("Cast", &[&on], "", &[int_attribute("to", real)]));
        }
    }
    if own.flag {
        let real = graph.real();
        parts.push(graph.with("Cast", &[&gap], "", &[int_attribute("to", real)]));
    }
}

fn level(
    input: &Input,
    x: &str,
    graph: &mut Graph,
    parts: &mut Vec<String>,
    refused: &mut Vec<String>,
) {
    let Kind::Levels(own) = &input.kind else { return };
    let count = own.names.len() as i64;
    // Levels, then missing cells, then any other text.
    let texts = std::iter::once("").chain(own.spellings.iter().map(|(text, _)| text.as_str()));
    let places = own.spellings.iter().map(|(_, level)| level.map_or(count, |level| level as i64));
    let attributes = [
        strings_attribute("keys_strings", texts),
        ints_attribute("values_int64s", std::iter::once(count).chain(places)),
        int_attribute("default_int64", count + 1),
    ];
    let place = graph.with("LabelEncoder", &[x], "ai.onnx.ml", &attributes);
    let refuses = [own.missing.is_none(), own.other.is_none()];
    if refuses.contains(&true) {
        let truths: Vec<bool> = own.names.iter().map(|_| false).chain(refuses).collect();
        let truths = graph.truths("refuses", &truths);
        refused.push(graph.node("Gather", &[&truths, &place]));
    }
    if own.width == 0 {
        return;
    }
    let none = Entries::new();
    let rows = own
        .entries
        .iter()
        .chain([own.missing.as_ref().unwrap_or(&none), own.other.as_ref().unwrap_or(&none)]);
    let mut values = Vec::new();
    for entries in rows {
        let start = values.len();
        values.resize(start + own.width, 0.0);
        for (place, value) in entries {
            if let Some(cell) = values.get_mut(start + place) {
                *cell = *value;
            }
        }
    }
    let height = own.names.len() + 2;
    let table = graph.reals("levels", &[height, own.width], values);
    let found = graph.node("Gather", &[&table, &place]);
    let shape = graph.ints("shape", &[2], &[-1, own.width as i64]);
    parts.push(graph.node("Reshape", &[&found, &shape]));
}

/// Scores `[rows, scores]` of a design.
fn sums(of: &[Score], design: &str, columns: usize, graph: &mut Graph) -> String {
    let k = of.len();
    let weights = (0..columns).flat_map(|j| of.iter().map(move |s| (j, s)));
    let weights = weights.map(|(j, score)| score.coef.get(j).copied().unwrap_or(0.0)).collect();
    let weights = graph.reals("coef", &[columns, k], weights);
    let intercepts = of.iter().map(|score| score.intercept).collect();
    let intercepts = graph.reals("intercept", &[1, k], intercepts);
    let product = graph.node("MatMul", &[design, &weights]);
    graph.node("Add", &[&product, &intercepts])
}

/// The place of the largest of some steps, `[rows, 1]`, the first of equals.
fn largest(
    program: &Program,
    ruled: &[usize],
    scores: &str,
    design: &str,
    graph: &mut Graph,
) -> String {
    let mut columns = Vec::new();
    let mut parts = |of: &str, count: usize, graph: &mut Graph| {
        for at in 0..count {
            let at = graph.ints("column", &[1], &[at as i64]);
            columns.push(graph.with("Gather", &[of, &at], "", &[int_attribute("axis", 1)]));
        }
    };
    parts(scores, program.scores.len(), graph);
    if !program.hidden.is_empty() {
        let hidden = sums(&program.hidden, design, program.columns.len(), graph);
        parts(&hidden, program.hidden.len(), graph);
    }
    let mut steps: Vec<String> = Vec::with_capacity(program.steps.steps.len());
    for step in &program.steps.steps {
        let name = expression(step, &columns, &steps, graph);
        steps.push(name);
    }
    // A step that is a number alone has one row.
    let shape = columns.first().map(|score| graph.node("Shape", &[score])).unwrap_or_default();
    let values = ruled.iter().filter_map(|at| steps.get(*at));
    let values: Vec<String> = values.map(|step| graph.node("Expand", &[step, &shape])).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let values = graph.with("Concat", &values, "", &[int_attribute("axis", 1)]);
    let attributes = [int_attribute("axis", 1), int_attribute("keepdims", 1)];
    graph.with("ArgMax", &[&values], "", &attributes)
}

/// A step, `[rows, 1]`, from scores and the steps before, each of that shape.
fn expression(of: &Expr, scores: &[String], steps: &[String], graph: &mut Graph) -> String {
    let two = |operator: &str, a: &Expr, b: &Expr, graph: &mut Graph| {
        let a = expression(a, scores, steps, graph);
        let b = expression(b, scores, steps, graph);
        graph.node(operator, &[&a, &b])
    };
    let one = |operator: &str, a: &Expr, graph: &mut Graph| {
        let a = expression(a, scores, steps, graph);
        graph.node(operator, &[&a])
    };
    match of {
        Expr::Constant(value) => {
            // What keeps a divisor from 0 must not become 0 itself.
            let least = if graph.single && *value != 0.0 { 1e-37 } else { 0.0 };
            let value = if value.abs() < least { value.signum() * least } else { *value };
            graph.reals("constant", &[1, 1], vec![value])
        }
        Expr::Score(at) => scores.get(*at).cloned().unwrap_or_default(),
        Expr::Step(at) => steps.get(*at).cloned().unwrap_or_default(),
        Expr::Add(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|part| expression(part, scores, steps, graph)).collect();
            let mut parts = parts.into_iter();
            let first = parts.next().unwrap_or_default();
            parts.fold(first, |sum, part| graph.node("Add", &[&sum, &part]))
        }
        Expr::Subtract(a, b) => two("Sub", a, b, graph),
        Expr::Multiply(a, b) => two("Mul", a, b, graph),
        Expr::Divide(a, b) => two("Div", a, b, graph),
        Expr::Exp(a) => one("Exp", a, graph),
        Expr::Ln(a) => one("Log", a, graph),
        Expr::Abs(a) => one("Abs", a, graph),
        Expr::Power(a, to) => two("Pow", a, &Expr::Constant(*to), graph),
        Expr::Choose(c) => {
            let operator = match c.compare {
                Compare::Above => "Greater",
                Compare::AtLeast => "GreaterOrEqual",
            };
            let holds = two(operator, &c.left, &c.right, graph);
            let then = expression(&c.then, scores, steps, graph);
            let otherwise = expression(&c.otherwise, scores, steps, graph);
            graph.node("Where", &[&holds, &then, &otherwise])
        }
    }
}

fn call(program: &Program, scores: &str, refused: &str, graph: &mut Graph) -> Writer {
    let zero = graph.reals("threshold", &[1, 1], vec![program.threshold()]);
    if let Call::Set(_) = program.call {
        let up = graph.node("Greater", &[scores, &zero]);
        let taken = graph.node("Not", &[refused]);
        let name = graph.named("And", &[&up, &taken], "call");
        return value("call", &name, BOOL, program.classes.len() as i64);
    }
    let place = match program.call {
        Call::Positive(positive) => {
            let up = graph.node("Greater", &[scores, &zero]);
            let ends = [positive as i64, 1 - positive.min(1) as i64];
            let yes = graph.ints("positive", &[1, 1], &ends[..1]);
            let no = graph.ints("negative", &[1, 1], &ends[1..]);
            graph.node("Where", &[&up, &yes, &no])
        }
        _ => {
            let attributes = [int_attribute("axis", 1), int_attribute("keepdims", 1)];
            graph.with("ArgMax", &[scores], "", &attributes)
        }
    };
    named_call(program, &place, refused, graph)
}

/// The call in words, from the place of its class.
fn named_call(program: &Program, place: &str, refused: &str, graph: &mut Graph) -> Writer {
    let classes = graph.texts("classes", &program.classes);
    let word = graph.node("Gather", &[&classes, place]);
    let empty = graph.texts("no_call", &[String::new()]);
    let word = graph.node("Where", &[refused, &empty, &word]);
    let flat = graph.ints("flat", &[1], &[-1]);
    let name = graph.named("Reshape", &[&word, &flat], "call");
    value("call", &name, STRING, 0)
}

/// `[rows, classes]`, from scores `[rows, scores]`.
fn probability(program: &Program, scores: &str, graph: &mut Graph) -> Option<String> {
    let k = program.scores.len();
    let set = matches!(program.call, Call::Set(_));
    let one = match &program.link {
        Link::Logistic => graph.node("Sigmoid", &[scores]),
        Link::Softmax => return Some(softmax(scores, graph)),
        Link::Temperature { slope } => {
            let slope = graph.reals("slope", &[1, 1], vec![*slope]);
            let line = graph.node("Mul", &[scores, &slope]);
            return Some(softmax(&line, graph));
        }
        Link::Platt { slope, intercept } => {
            let slope = graph.reals("slope", &[1, k], slope.clone());
            let shift = graph.reals("shift", &[1, k], intercept.clone());
            let line = graph.node("Mul", &[scores, &slope]);
            let line = graph.node("Add", &[&line, &shift]);
            let p = graph.node("Sigmoid", &[&line]);
            if k > 1 && !set {
                return Some(shares(&p, program.classes.len(), graph));
            }
            p
        }
        Link::Target { gamma, eps } => {
            let softened = k > 1 && !set;
            let p =
                if softened { softmax(scores, graph) } else { graph.node("Sigmoid", &[scores]) };
            let own = undistorted(&p, *gamma, eps, graph);
            if softened {
                return Some(shares(&own, program.classes.len(), graph));
            }
            let other = match set {
                true => {
                    let turned = graph.node("Neg", &[scores]);
                    graph.node("Sigmoid", &[&turned])
                }
                false => {
                    let one = graph.reals("one", &[1, 1], vec![1.0]);
                    graph.node("Sub", &[&one, &p])
                }
            };
            let other = undistorted(&other, *gamma, eps, graph);
            let sum = graph.node("Add", &[&own, &other]);
            graph.node("Div", &[&own, &sum])
        }
        Link::Relu => {
            let zero = graph.reals("zero", &[1, 1], vec![0.0]);
            let up = graph.node("Max", &[scores, &zero]);
            return Some(shares(&up, program.classes.len(), graph));
        }
        _ => return None,
    };
    let Call::Positive(positive) = program.call else { return Some(one) };
    let all = graph.reals("one", &[1, 1], vec![1.0]);
    let other = graph.node("Sub", &[&all, &one]);
    let both = if positive == 1 { [other.as_str(), &one] } else { [one.as_str(), &other] };
    Some(graph.with("Concat", &both, "", &[int_attribute("axis", 1)]))
}

fn softmax(of: &str, graph: &mut Graph) -> String {
    graph.with("Softmax", &[of], "", &[int_attribute("axis", 1)])
}

/// Each divided by the sum; equal ones where that is 0.
fn shares(of: &str, classes: usize, graph: &mut Graph) -> String {
    let axes = graph.ints("axes", &[1], &[1]);
    let sum = graph.with("ReduceSum", &[of, &axes], "", &[int_attribute("keepdims", 1)]);
    let share = graph.node("Div", &[of, &sum]);
    let zero = graph.reals("zero", &[1, 1], vec![0.0]);
    let positive = graph.node("Greater", &[&sum, &zero]);
    let equal = graph.reals("equal", &[1, classes], vec![1.0 / classes.max(1) as f64; classes]);
    graph.node("Where", &[&positive, &share, &equal])
}

/// `q / -a(q)` of a polynomial or focal loss.
fn undistorted(q: &str, gamma: f64, eps: &[f64], graph: &mut Graph) -> String {
    // Single precision ends at about 1e-38.
    let (least, small) = if graph.single { (1e-37, 1e-18) } else { (1e-300, 1e-150) };
    let least = graph.reals("least", &[1, 1], vec![least]);
    let small = graph.reals("small", &[1, 1], vec![small]);
    let one = graph.reals("one", &[1, 1], vec![1.0]);
    let q = graph.node("Max", &[q, &least]);
    let r = graph.node("Sub", &[&one, &q]);
    let r = graph.node("Max", &[&r, &small]);
    let mut first = graph.reals("start", &[1, 1], vec![-1.0]);
    let power = |graph: &mut Graph, to: f64| {
        let to = graph.reals("power", &[1, 1], vec![to]);
        graph.node("Pow", &[&r, &to])
    };
    if gamma != 0.0 {
        let log = graph.node("Log", &[&q]);
        let ratio = graph.node("Div", &[&log, &r]);
        let gamma_of = graph.reals("gamma", &[1, 1], vec![gamma]);
        let inner = graph.node("Mul", &[&q, &ratio]);
        let inner = graph.node("Mul", &[&inner, &gamma_of]);
        let inner = graph.node("Sub", &[&inner, &one]);
        let power = power(graph, gamma);
        first = graph.node("Mul", &[&power, &inner]);
    }
    for (j, e) in eps.iter().enumerate().filter(|(_, e)| **e != 0.0) {
        let m = (j + 1) as f64 + gamma;
        let power = power(graph, m - 1.0);
        let term = graph.node("Mul", &[&q, &power]);
        let factor = graph.reals("eps", &[1, 1], vec![e * m]);
        let term = graph.node("Mul", &[&term, &factor]);
        first = graph.node("Sub", &[&first, &term]);
    }
    let turned = graph.node("Neg", &[&first]);
    let zero = graph.reals("zero", &[1, 1], vec![0.0]);
    let positive = graph.node("Greater", &[&turned, &zero]);
    let safe = graph.node("Where", &[&positive, &turned, &one]);
    graph.node("Div", &[&q, &safe])
}

//! Vowpal Wabbit's readable models: `--invert_hash`, which names features, and `--readable_model`, which
//! gives their hashes alone.
//!
//! Lines of `key value` or `key:value` up to a line `:0` or `:1`, then one weight a line, `name:hash:weight`
//! or `hash:weight`, with the state of the learner after it. `Constant` is the intercept; in a model without
//! names it is the weight at VW's own hash of it. With `--oaa K` a name has `[k]` after it from the second
//! class on. Two classes have one score, in favour of the label 1. What else a model may be made of
//! (interactions, hidden units, other reductions) is refused by name.

use linecall_data::{Error, ErrorKind, Place};

use super::{Foreign, ImportLink, refuse};

/// Hash of the constant feature before it is cut to the bits of the model.
const CONSTANT: u64 = 11_650_396;

/// Options that leave the score a sum of weights times values.
const PLAIN: [&str; 5] = ["--link", "--oaa", "--hash_seed", "--hash", "--noconstant"];

pub(super) fn read(text: &str) -> Result<Foreign, Error> {
    let mut lines = (1u64..).zip(text.lines());
    let mut head = Head { bits: 18, ..Head::default() };
    loop {
        let Some((number, line)) = lines.next() else {
            return Err(refuse(ErrorKind::Format, "ends before the line `:0` and its weights")
                .mend("give what `vw --invert_hash FILE` or `vw --readable_model FILE` wrote"));
        };
        if matches!(line.trim(), ":0" | ":1") {
            break;
        }
        head.take(line).map_err(|e| e.at(Place::default().line(number)))?;
    }
    let classes = head.oaa.unwrap_or(1);
    let mut weights: Vec<(String, usize, f64)> = Vec::new();
    let mut intercept = vec![0.0; classes];
    let mut seen = std::collections::HashSet::new();
    let mut named = None;
    for (number, line) in lines {
        let at =
            |problem: &str| refuse(ErrorKind::Format, problem).at(Place::default().line(number));
        let Some((name, hash, weight)) = weight(line) else {
            // The state of the learner stands before the weights.
            if named.is_none() || line.trim().is_empty() {
                continue;
            }
            return Err(at("is no weight").mend("a weight is `name:hash:weight` or `hash:weight`"));
        };
        let value = weight.parse::<f64>().ok().filter(|v| v.is_finite());
        let value = value.ok_or_else(|| at("expected a finite number").value(weight))?;
        let hash = hash.parse::<u64>().map_err(|_| at("expected a whole number").value(hash))?;
        if *named.get_or_insert(name.is_some()) != name.is_some() {
            return Err(at("some weights have names and others do not"));
        }
        let (name, class) = match name {
            Some(name) => {
                feature(name, classes).map_err(|e| e.at(Place::default().line(number)))?
            }
            None if classes > 1 => {
                return Err(at("the weights of several classes have no names")
                    .mend("write the model with `vw --invert_hash FILE`, which names them"));
            }
            None if hash == CONSTANT & ((1u64 << head.bits.min(62)) - 1) => {
                ("Constant".to_owned(), 0)
            }
            None => (hash.to_string(), 0),
        };
        if !seen.insert((name.clone(), class)) {
            return Err(at("the feature is there twice")
                .value(&name)
                .mend("features of two namespaces have the same name: name them apart"));
        }
        match (name.as_str(), intercept.get_mut(class)) {
            ("Constant", Some(intercept)) => *intercept = value,
            _ => weights.push((name, class, value)),
        }
    }
    if named.is_none() {
        return Err(refuse(ErrorKind::Empty, "holds no weight")
            .mend("give what `vw --invert_hash FILE` or `vw --readable_model FILE` wrote"));
    }
    Ok(foreign(&head, weights, intercept, named == Some(true)))
}

fn foreign(
    head: &Head,
    weights: Vec<(String, usize, f64)>,
    intercept: Vec<f64>,
    named: bool,
) -> Foreign {
    let mut places: std::collections::HashMap<String, usize> = Default::default();
    let mut features: Vec<String> = Vec::new();
    for (name, _, _) in &weights {
        if !places.contains_key(name) {
            places.insert(name.clone(), features.len());
            features.push(name.clone());
        }
    }
    let mut coef = vec![vec![0.0; features.len()]; intercept.len()];
    for (name, class, value) in weights {
        let cell = places.get(&name).and_then(|at| coef.get_mut(class)?.get_mut(*at));
        if let Some(cell) = cell {
            *cell = value;
        }
    }
    let classes = match head.oaa {
        // Two classes one against the rest are two scores, and called by the larger: their difference.
        Some(k) => (1..=k).map(|k| k.to_string()).collect(),
        None => vec!["-1".to_owned(), "1".to_owned()],
    };
    let mut remarks =
        vec!["Vowpal Wabbit prints weights in six digits; scores are as exact as that".to_owned()];
    if !named {
        remarks.push(
            "the weights have no names, so that features are called by their hashes; write the \
             model with `vw --invert_hash FILE` to have names"
                .to_owned(),
        );
    }
    Foreign {
        coef,
        intercept,
        classes,
        speaks_for: 1,
        features: Some(features),
        // Of several classes the probabilities depend on `--probabilities`, which is not kept.
        link: (head.logistic && head.oaa.is_none()).then_some(ImportLink::Logistic),
        trainer: head.version.clone(),
        remarks,
    }
}

/// The lines before the weights.
#[derive(Default)]
struct Head {
    version: Option<String>,
    bits: u32,
    oaa: Option<usize>,
    logistic: bool,
}

impl Head {
    fn take(&mut self, line: &str) -> Result<(), Error> {
        if let Some(version) = line.strip_prefix("Version ") {
            self.version = Some(format!("vw {}", version.trim()));
        } else if let Some(bits) = line.strip_prefix("bits:") {
            let bits = bits.trim().parse::<u32>().ok().filter(|bits| (1..=61).contains(bits));
            self.bits =
                bits.ok_or_else(|| refuse(ErrorKind::Value, "is no number of bits").value(line))?;
        } else if let Some(lda) = line.strip_prefix("lda:")
            && lda.trim() != "0"
        {
            return Err(refuse(ErrorKind::Format, "a topic model does not classify").value(line));
        } else if let Some(options) = line.strip_prefix("options:") {
            self.options(options)?;
        }
        Ok(())
    }

    fn options(&mut self, text: &str) -> Result<(), Error> {
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let (name, inside) = word.split_once('=').unwrap_or((word, ""));
            let after = |words: &mut std::iter::Peekable<std::str::SplitWhitespace<'_>>| {
                let next = words.next_if(|next| !next.starts_with("--"));
                if inside.is_empty() {
                    next.unwrap_or_default().to_owned()
                } else {
                    inside.to_owned()
                }
            };
            if !PLAIN.contains(&name) {
                return Err(refuse(
                    ErrorKind::Format,
                    "makes a model that is not a sum of weights times the columns",
                )
                .value(word)
                .mend("train without it; read are models of two classes and of --oaa"));
            }
            let value = after(&mut words);
            match (name, value.as_str()) {
                ("--link", "logistic") => self.logistic = true,
                ("--link", "identity") => {}
                ("--link", _) => {
                    return Err(refuse(ErrorKind::Value, "is a link that does not classify")
                        .value(value)
                        .mend("read are `identity` and `logistic`"));
                }
                ("--oaa", _) => {
                    let count = value.parse::<usize>().ok().filter(|k| (2..=100_000).contains(k));
                    self.oaa = Some(count.ok_or_else(|| {
                        refuse(ErrorKind::Value, "is no number of classes").value(value)
                    })?);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Name, hash and weight of a line; the first is absent in a model without names. A name holds neither
/// blanks nor colons.
fn weight(line: &str) -> Option<(Option<&str>, &str, &str)> {
    let mut parts = line.split(' ').next()?.rsplitn(3, ':');
    let (weight, hash) = (parts.next()?, parts.next()?);
    let is_hash = !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_digit());
    is_hash.then(|| (parts.next(), hash, weight))
}

/// A feature's name without its namespace, and its class.
fn feature(name: &str, classes: usize) -> Result<(String, usize), Error> {
    if name.contains('*') {
        return Err(refuse(ErrorKind::Format, "is an interaction of features").value(name).mend(
            "train without -q, --cubic and --interactions, or make such columns in the table",
        ));
    }
    let plain = name.rsplit_once('^').map_or(name, |(_, own)| own);
    let class = plain
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
        .and_then(|(own, class)| Some((own, class.parse::<usize>().ok()?)));
    match class {
        Some((own, class)) if class < classes => Ok((own.to_owned(), class)),
        Some(_) if classes > 1 => {
            Err(refuse(ErrorKind::Value, "is of a class that the model does not have").value(name))
        }
        _ => Ok((plain.to_owned(), 0)),
    }
}

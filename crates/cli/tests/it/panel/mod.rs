//! The panel of a case file in a real browser: what it shows is what the command says.

mod calls;
mod names;
mod pictures;
mod rules;
mod wide;

use serde_json::Value;

use crate::browser::Browser;
use crate::folder::{Folder, at, number};

/// A case file in a browser.
struct Page<'b> {
    browser: &'b Browser,
    case: Value,
}

/// Scores and probabilities of the page and the command are sums of the same doubles in another
/// order.
const TOLERANCE: f64 = 1e-9;

impl<'b> Page<'b> {
    /// Challenges a row (`arguments` follow the verb), and opens the page.
    #[track_caller]
    fn open(browser: &'b Browser, folder: &Folder, arguments: &str) -> Self {
        let case = folder.json(&format!("challenge {arguments} --html case.html"));
        browser.open(&folder.path("case.html"));
        Self { browser, case }
    }

    /// The page's own data: `score`, `probability`, `reached`, `broken`.
    fn data(&self, name: &str) -> String {
        let script = format!("return document.getElementById('panel').dataset.{name} ?? ''");
        self.browser.script(&script).as_str().unwrap().to_owned()
    }

    fn score(&self) -> f64 {
        self.data("score").parse().unwrap()
    }

    fn probability(&self) -> Option<f64> {
        self.data("probability").parse().ok()
    }

    fn reached(&self) -> bool {
        self.data("reached") == "true"
    }

    fn broken(&self) -> Vec<String> {
        serde_json::from_str(&self.data("broken")).unwrap()
    }

    /// The notes that the page shows.
    fn notes(&self) -> String {
        let script = "return document.getElementById('panel-notes').textContent";
        self.browser.script(script).as_str().unwrap().to_owned()
    }

    fn inputs(&self) -> &Vec<Value> {
        at(&self.case, "panel.inputs").as_array().unwrap()
    }

    /// The control of a column.
    #[track_caller]
    fn control(&self, column: &str) -> String {
        let place = self.inputs().iter().position(|input| input["column"] == column);
        format!("#control-{}", place.unwrap_or_else(|| panic!("no control of {column:?}")))
    }

    /// The slider beside it.
    #[track_caller]
    fn slider(&self, column: &str) -> String {
        format!("{} + input[type=range]", self.control(column))
    }

    /// What a control shows.
    #[track_caller]
    fn shown(&self, column: &str) -> String {
        let control = self.control(column);
        let script = format!("return document.querySelector('{control}').value");
        self.browser.script(&script).as_str().unwrap().to_owned()
    }

    /// Types into the field of a column.
    #[track_caller]
    fn type_into(&self, column: &str, text: &str) {
        self.browser.type_into(&self.control(column), text);
    }

    /// Chooses a level, by its place in the list.
    #[track_caller]
    fn choose(&self, column: &str, level: &str) {
        let input = self.inputs().iter().find(|input| input["column"] == column).unwrap();
        let levels = input["levels"].as_array().unwrap();
        let place = levels.iter().position(|own| own[0] == level).unwrap();
        let control = self.control(column);
        self.browser.click(&format!("{control} option[value='{place}']"));
    }

    #[track_caller]
    fn reset(&self) {
        self.browser.click("#panel-reset");
    }

    fn ways(&self) -> Vec<Value> {
        self.case["recourse"]["ways"].as_array().cloned().unwrap_or_default()
    }

    /// Clicks through all ways: each leads to the command's own score and probability.
    #[track_caller]
    fn check_ways(&self) -> usize {
        let ways = self.ways();
        let start = number(&self.case, "call.score.0");
        for (k, way) in ways.iter().enumerate() {
            self.browser.click(&format!(".way:nth-child({}) button", k + 1));
            self.close(self.score(), number(way, "score"), "the score of a way");
            if let Some(p) = way.get("probability") {
                let shown = self.probability().expect("the page has a probability");
                self.close(shown, p.as_f64().unwrap(), "the probability of a way");
            }
            assert!(self.reached(), "way {k} does not reach the call: {way}");
            assert!(self.broken().is_empty(), "way {k} breaks {:?}", self.broken());
            assert_eq!(self.notes(), "", "way {k}: {way}");
            self.check_changes(way);
        }
        if !ways.is_empty() {
            self.reset();
            self.close(self.score(), start, "the score after a reset");
            assert!(!self.reached());
        }
        ways.len()
    }

    /// The page shows what a way leads to, the columns that follow included.
    #[track_caller]
    fn check_changes(&self, way: &Value) {
        for change in way["changes"].as_array().unwrap() {
            let column = change["column"].as_str().unwrap();
            let input = self.inputs().iter().find(|input| input["column"] == column).unwrap();
            let shown = self.shown(column);
            match &change["to"] {
                Value::String(level) => {
                    let levels = input["levels"].as_array().unwrap();
                    assert_eq!(levels[shown.parse::<usize>().unwrap()][0], **level);
                }
                to => self.close(shown.parse().unwrap(), to.as_f64().unwrap(), column),
            }
        }
    }

    #[track_caller]
    fn close(&self, found: f64, wanted: f64, what: &str) {
        let size = found.abs().max(wanted.abs()).max(1.0);
        let off = (found - wanted).abs();
        assert!(off <= TOLERANCE * size, "{what}: {found}, the command says {wanted}");
    }

    /// What `predict` says of the person with some cells replaced: the score, and the probability of
    /// the class wished for.
    #[track_caller]
    fn predicted(&self, folder: &Folder, model: &str, cells: &[(&str, &str)]) -> (f64, f64) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let (mut head, mut row) = (Vec::new(), Vec::new());
        for own in at(&self.case, "values").as_array().unwrap() {
            let column = own["column"].as_str().unwrap();
            let held = match &own["value"] {
                Value::String(level) => level.clone(),
                Value::Null => String::new(),
                number => number.to_string(),
            };
            let cell = cells.iter().find(|(name, _)| *name == column).map(|(_, cell)| *cell);
            head.push(quoted(column));
            row.push(quoted(cell.unwrap_or(&held)));
        }
        folder.put("moved.csv", format!("{}\n{}\n", head.join(","), row.join(",")));
        let line: Value =
            serde_json::from_str(&folder.ok(&format!("predict {model} moved.csv --json"))).unwrap();
        assert!(line.get("score").is_some(), "{line}");
        let wished = at(&self.case, "call.favourable").as_str().unwrap();
        let p = line.get(format!("probability_{wished}")).and_then(Value::as_f64);
        (number(&line, "score"), p.unwrap_or(f64::NAN))
    }

    /// The page shows what `predict` says.
    #[track_caller]
    fn check_predicted(&self, folder: &Folder, model: &str, cells: &[(&str, &str)]) {
        let (score, p) = self.predicted(folder, model, cells);
        self.close(self.score(), score, &format!("the score with {cells:?}"));
        self.close(self.probability().unwrap(), p, &format!("the probability with {cells:?}"));
    }
}

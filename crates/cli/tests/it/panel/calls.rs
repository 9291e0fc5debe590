//! Moves by way, by typing, by slider and by list.

use super::Page;
use crate::browser::{Browser, END, LEFT, RIGHT, TAB};
use crate::data::{HEADER, csv, loan_rows};
use crate::folder::{Folder, number};

/// Rows of the loans that the model calls `no`.
fn refused(folder: &Folder, model: &str) -> Vec<usize> {
    let calls = folder.ok(&format!("predict {model} loans.csv --json"));
    let rows = calls.lines().enumerate().filter(|(_, line)| line.contains("\"call\":\"no\""));
    rows.map(|(row, _)| row + 1).collect()
}

/// A folder with loans and a model fitted to them.
fn fitted(flags: &str) -> Folder {
    let folder = Folder::with_loans();
    folder.ok(&format!("fit loans.csv --target repaid --holdout 0 --quiet {flags}"));
    folder
}

#[test]
fn every_way_leads_to_the_score_that_the_command_says() {
    let name = "every_way_leads_to_the_score_that_the_command_says";
    let Some(browser) = Browser::start(name) else { return };
    let kinds = [
        ("--lambda 0.02 --favourable yes", ""),
        // Calibrated by Platt's sigmoid.
        ("--loss squared-hinge --lambda 0.02 --favourable yes", ""),
        ("--lambda 0.02 --favourable yes", "--probability 0.8"),
        ("--lambda 0.02 --favourable yes", "--cost max --list exclusive"),
        ("--lambda 0.02 --favourable yes", "--drift 0.1 --list distinct"),
        // The class wished for is the negative one.
        ("--lambda 0.02 --positive no --favourable yes", "--cost log"),
        ("--loss squared-hinge --lambda 0.02 --positive no", "--favourable yes --probability 0.7"),
    ];
    for (fit, question) in kinds {
        let folder = fitted(fit);
        let mut ways = 0;
        for row in refused(&folder, "model.linecall").into_iter().take(3) {
            let page = Page::open(
                &browser,
                &folder,
                &format!("model.linecall loans.csv --row {row} {question}"),
            );
            page.close(page.score(), number(&page.case, "call.score.0"), "the score");
            let wished = number(&page.case, "call.probability.yes");
            page.close(page.probability().unwrap(), wished, "the probability");
            ways += page.check_ways();
        }
        assert!(ways >= 3, "{fit} {question}: {ways} ways");
        assert_eq!(browser.complaints(), [] as [String; 0], "{fit} {question}");
    }
}

#[test]
fn what_is_typed_is_scored_as_predict_does() {
    let Some(browser) = Browser::start("what_is_typed_is_scored_as_predict_does") else { return };
    for fit in
        ["--lambda 0.02 --favourable yes", "--loss squared-hinge --lambda 0.01 --favourable no"]
    {
        let folder = Folder::with_loans();
        folder.ok("describe loans.csv --target repaid -o schema.toml");
        let schema = folder.text("schema.toml").replace("\"integer\"", "\"number\"");
        folder.put("schema.toml", schema);
        folder.ok(&format!("fit loans.csv --schema schema.toml --holdout 0 --quiet {fit}"));
        let page = Page::open(&browser, &folder, "model.linecall loans.csv --row 5");
        for income in ["3120.5", "0", "-17.25", "1e6", "0.000001"] {
            page.type_into("income", income);
            page.check_predicted(&folder, "model.linecall", &[("income", income)]);
        }
        page.choose("city", "Oslo");
        let cells = [("income", "0.000001"), ("city", "Oslo")];
        page.check_predicted(&folder, "model.linecall", &cells);
        // What is no number changes nothing, and the field says so; leaving it restores the value.
        page.type_into("income", "-");
        page.check_predicted(&folder, "model.linecall", &cells);
        let invalid = format!(
            "return document.querySelector('{}').getAttribute('aria-invalid')",
            page.control("income")
        );
        assert_eq!(browser.script(&invalid), "true");
        browser.press(TAB);
        assert_eq!(page.shown("income"), "0.000001");
        page.reset();
        page.check_predicted(&folder, "model.linecall", &[]);
    }
}

#[test]
fn the_keyboard_alone_is_enough() {
    let Some(browser) = Browser::start("the_keyboard_alone_is_enough") else { return };
    let folder = fitted("--lambda 0.02 --favourable yes");
    let row = refused(&folder, "model.linecall")[0];
    let page = Page::open(&browser, &folder, &format!("model.linecall loans.csv --row {row}"));
    let before: f64 = page.shown("income").parse().unwrap();
    // A step of the slider is one of the command's own values: a multiple of the step.
    browser.keys(&page.slider("income"), RIGHT);
    let input = page.inputs().iter().find(|input| input["column"] == "income").unwrap().clone();
    let (high, step) = (number(&input, "range.1"), number(&input, "range.2"));
    let up: f64 = page.shown("income").parse().unwrap();
    assert!(up > before && up - before <= step, "{before} to {up} by {step}");
    assert!((up / step - (up / step).round()).abs() < 1e-9, "{up} is no multiple of {step}");
    page.check_predicted(&folder, "model.linecall", &[("income", &up.to_string())]);
    browser.keys(&page.slider("income"), LEFT);
    page.close(page.score(), number(&page.case, "call.score.0"), "the score after one step back");
    browser.keys(&page.slider("income"), END);
    assert_eq!(page.shown("income").parse::<f64>().unwrap(), high.max(before));

    // From a way's button the focus goes into the panel; from there Tab reaches its first control.
    browser.keys(".way button", "\u{e007}");
    let focus = "return document.activeElement.id";
    assert_eq!(browser.script(focus), "panel");
    assert!(page.reached());
    browser.press(TAB);
    assert_eq!(browser.script(focus), "control-0");
    // Every control has a name for those who cannot see it.
    let nameless = browser.script(
        "return [...document.querySelectorAll('#panel input, #panel select, #panel button, \
         #panel output')].filter(e => !(e.labels && e.labels.length) && !e.ariaLabel && \
         !e.textContent).length",
    );
    assert_eq!(nameless, 0);
}

#[test]
fn a_missing_cell_counts_as_the_model_counts_it() {
    let Some(browser) = Browser::start("a_missing_cell_counts_as_the_model_counts_it") else {
        return;
    };
    let folder = Folder::new();
    let mut rows = loan_rows(300, 3);
    for (k, row) in rows.iter_mut().enumerate() {
        let mut cells: Vec<&str> = row.split(',').collect();
        if k % 7 == 0 {
            cells[2] = "";
        }
        if k % 9 == 0 {
            cells[3] = "";
        }
        *row = cells.join(",");
    }
    folder.put("loans.csv", csv(HEADER, &rows));
    folder.ok("fit loans.csv --target repaid --favourable yes --holdout 0 --lambda 0.02");
    // Nothing is left that the first could move.
    let page = Page::open(&browser, &folder, "model.linecall loans.csv --row 1");
    assert_eq!(page.inputs().len(), 0);
    assert_eq!(browser.script("return document.getElementById('panel')"), serde_json::Value::Null);
    for row in [8, 10] {
        let page = Page::open(&browser, &folder, &format!("model.linecall loans.csv --row {row}"));
        let missing = page.inputs().iter().all(|input| input["column"] != "income");
        assert_eq!(missing, row != 10, "what is missing cannot be moved");
        if !missing {
            page.type_into("income", "4100");
            page.check_predicted(&folder, "model.linecall", &[("income", "4100")]);
            page.reset();
        }
        page.check_predicted(&folder, "model.linecall", &[]);
        page.reset();
        page.check_ways();
    }
}

#[test]
fn without_scripts_all_but_the_panel_is_there() {
    let Some(browser) = Browser::start("without_scripts_all_but_the_panel_is_there") else {
        return;
    };
    let folder = fitted("--lambda 0.02 --favourable yes");
    let row = refused(&folder, "model.linecall")[0];
    let challenge = format!("model.linecall loans.csv --row {row}");
    let seen = "return [...document.querySelectorAll('#panel, .way button, noscript p, .way table')]\
                .filter(e => e.checkVisibility()).map(e => e.id || e.tagName)";
    let page = Page::open(&browser, &folder, &challenge);
    let count = page.ways().len();
    let with: Vec<String> = serde_json::from_value(browser.script(seen)).unwrap();
    assert_eq!(with.iter().filter(|e| *e == "panel").count(), 1, "{with:?}");
    assert_eq!(with.iter().filter(|e| *e == "BUTTON").count(), count, "{with:?}");
    // The page asked for nothing but itself.
    assert_eq!(browser.script("return performance.getEntriesByType('resource').length"), 0);

    // A frame of a page that may not run scripts.
    let inner = folder.text("case.html").replace('&', "&amp;").replace('"', "&quot;");
    let frame = "<iframe sandbox=allow-same-origin width=1200 height=900 srcdoc=";
    folder.put("outer.html", format!("<!doctype html>{frame}\"{inner}\"></iframe>"));
    browser.open(&folder.path("outer.html"));
    let inside = seen.replace("document.", "document.querySelector('iframe').contentDocument.");
    let without: Vec<String> = serde_json::from_value(browser.script(&inside)).unwrap();
    assert!(without.iter().any(|e| e == "P"), "it says that the panel needs scripts: {without:?}");
    assert_eq!(without.iter().filter(|e| *e == "TABLE").count(), count, "{without:?}");
    assert!(!without.iter().any(|e| e == "panel" || e == "BUTTON"), "{without:?}");
}

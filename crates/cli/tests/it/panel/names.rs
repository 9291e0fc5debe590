//! Names of all kinds, and columns that are kept out.

use super::Page;
use crate::browser::Browser;
use crate::data::Random;
use crate::folder::{Folder, at};

/// Levels that a page could trip over.
const LEVELS: [&str; 6] =
    ["it's", "\"quoted\"", "</script><script>alert(1)</script>", "naïve ☃ 𝒳", "a  b", "<!--"];

/// Columns likewise: of an object's own words, of tags and quotes, and with blanks in front.
const COLUMNS: [&str; 4] = ["__proto__", "constructor", "</script>'\"&amp;<b>", "  led by blanks"];

fn strange() -> Folder {
    let mut random = Random::new(5);
    let mut lines = Vec::new();
    for row in 0..300 {
        let numbers: Vec<f64> =
            COLUMNS.iter().map(|_| (random.normal() * 8.0).round() / 4.0).collect();
        let level = random.below(LEVELS.len());
        let score = numbers.iter().sum::<f64>() - 0.5 + if level == 2 { 1.0 } else { 0.0 };
        let yes = random.uniform() < 1.0 / (1.0 + (-score).exp());
        let mut object = serde_json::Map::new();
        for (name, value) in COLUMNS.iter().zip(numbers) {
            object.insert((*name).to_owned(), value.into());
        }
        object.insert("which".to_owned(), LEVELS[level].into());
        object.insert("secret".to_owned(), (7_000_000 + random.below(900_000)).into());
        object.insert("case".to_owned(), format!("K-{row:05}").into());
        object.insert("good".to_owned(), if yes { "yes" } else { "no" }.into());
        lines.push(serde_json::Value::Object(object).to_string());
    }
    let folder = Folder::new();
    folder.put("people.jsonl", lines.join("\n") + "\n");
    folder.ok("describe people.jsonl --target good -o schema.toml");
    let schema = folder.text("schema.toml");
    // The number of the case is its id, and has a meaning to nobody else.
    assert!(schema.contains("\"K-00000\"") || schema.contains("case"), "{schema}");
    folder.ok("fit people.jsonl --schema schema.toml --favourable yes --holdout 0 --lambda 0.01");
    folder
}

/// The first row that the model calls `no`.
fn refused(folder: &Folder) -> usize {
    let calls = folder.ok("predict model.linecall people.jsonl --json");
    calls.lines().position(|line| line.contains("\"call\":\"no\"")).unwrap() + 1
}

#[test]
fn names_of_all_kinds_are_names_only() {
    let Some(browser) = Browser::start("names_of_all_kinds_are_names_only") else { return };
    let folder = strange();
    let row = refused(&folder);
    let page = Page::open(
        &browser,
        &folder,
        &format!("model.linecall people.jsonl --row {row} --ways 20"),
    );
    assert_eq!(browser.complaints(), [] as [String; 0]);
    assert!(page.check_ways() >= 3);
    let columns: Vec<&str> = page.inputs().iter().map(|i| i["column"].as_str().unwrap()).collect();
    for column in COLUMNS {
        assert!(columns.contains(&column), "{column:?} of {columns:?}");
        let score = page.score();
        let input = page.inputs().iter().find(|input| input["column"] == column).unwrap();
        let (own, coef) = (input["value"].as_f64().unwrap(), input["coef"].as_f64().unwrap());
        page.type_into(column, "2.75");
        page.close(page.score(), score + coef * (2.75 - own), column);
        page.reset();
    }
    // Each level adds what the model says; here the JSON is the command's own number.
    let which = page.inputs().iter().find(|input| input["column"] == "which").unwrap().clone();
    let (start, own) = (page.score(), which["value"].as_str().unwrap());
    let add = |level: &str| {
        let levels = which["levels"].as_array().unwrap();
        levels.iter().find(|own| own[0] == level).unwrap()[1].as_f64().unwrap()
    };
    for level in LEVELS {
        page.choose("which", level);
        page.close(page.score(), start + add(level) - add(own), level);
    }
    // Nothing of a name became a part of the page.
    let found = browser.script(
        "return [document.scripts.length, document.querySelectorAll('label b:not(:empty), td b, th b').length]",
    );
    assert_eq!(found, serde_json::json!([2, 0]));
}

#[test]
fn what_is_kept_out_is_nowhere_in_the_files() {
    let Some(browser) = Browser::start("what_is_kept_out_is_nowhere_in_the_files") else { return };
    let folder = strange();
    let row = refused(&folder);
    let open = Page::open(&browser, &folder, &format!("model.linecall people.jsonl --row {row}"));
    let value = |column: &str| {
        let all = at(&open.case, "values").as_array().unwrap();
        all.iter().find(|own| own["column"] == column).unwrap()["value"].clone()
    };
    let secret = value("secret").to_string();
    let secret = secret.trim_end_matches(".0").to_owned();
    let score = open.score();
    assert!(folder.text("case.html").contains(&secret) && open.case.to_string().contains(&secret));

    let redact = "--redact secret,case,which";
    let page =
        Page::open(&browser, &folder, &format!("model.linecall people.jsonl --row {row} {redact}"));
    page.close(page.score(), score, "the score does not change");
    page.check_ways();
    let (html, json) = (folder.text("case.html"), page.case.to_string());
    // The columns are named where they are said to be kept out, and nowhere else.
    assert_eq!(html.matches("secret").count(), 1, "{html}");
    assert!(html.contains("Kept out of this file: secret, case, which."));
    assert_eq!(json.matches("secret").count(), 1, "{json}");
    let case = format!("K-{:05}", row - 1);
    for kept in [secret.as_str(), case.as_str()].into_iter().chain(LEVELS) {
        let quoted = serde_json::to_string(kept).unwrap();
        assert!(!json.contains(&quoted), "{kept}");
        assert!(!html.contains(kept) || kept == "<!--", "{kept}");
    }
    // Nor on the terminal.
    let text = folder.ok(&format!("challenge model.linecall people.jsonl --row {row} {redact}"));
    assert!(!text.contains(&secret) && !text.contains(&case), "{text}");
}

#[test]
fn a_rule_that_would_tell_what_is_kept_out_is_refused() {
    let folder = Folder::with_loans();
    folder.ok("fit loans.csv --target repaid --favourable yes --holdout 0 --lambda 0.02 --quiet");
    folder.put("tell.toml", "version = 1\nrules = [\"income moves 10 per age\"]\n");
    folder.refused(
        "challenge model.linecall loans.csv --row 5 --actions tell.toml --redact income",
        &["`income`", "income moves 10 per age", "--redact"],
    );
    folder.put("test.toml", "version = 1\nrules = [\"if city = Oslo then age <= 50\"]\n");
    let case = folder.json(
        "challenge model.linecall loans.csv --row 5 --actions test.toml --redact city --html c.html",
    );
    assert_eq!(at(&case, "panel.unchecked.0"), "if city = Oslo then age <= 50");
    assert!(case["panel"].get("rules").is_none(), "{}", case["panel"]);
    assert!(folder.text("c.html").contains("Not checked here"));
}

//! A model of many columns, and small windows: the page stays usable, and small.

use super::Page;
use crate::browser::Browser;
use crate::data::Random;
use crate::folder::Folder;

const COLUMNS: usize = 600;

fn wide() -> Folder {
    let mut random = Random::new(9);
    let weights: Vec<f64> = (0..COLUMNS).map(|_| 0.2 * random.normal()).collect();
    let mut text: String = (0..COLUMNS).map(|j| format!("measure {j:03} of the sample,")).collect();
    text.push_str("good\n");
    for _ in 0..200 {
        let row: Vec<f64> =
            weights.iter().map(|_| (random.normal() * 10.0).round() / 10.0).collect();
        let score: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
        text.extend(row.iter().map(|x| format!("{x},")));
        text.push_str(if score + random.normal() > 0.0 { "yes\n" } else { "no\n" });
    }
    let folder = Folder::new();
    folder.put("wide.csv", text);
    folder.ok("fit wide.csv --target good --favourable yes --holdout 0 --lambda 0.1 --quiet");
    folder
}

/// How far the page sticks out of its window, in pixels.
fn sticks_out(browser: &Browser) -> f64 {
    let script = "return document.documentElement.scrollWidth - innerWidth";
    browser.script(script).as_f64().unwrap()
}

#[test]
fn many_columns_are_searched_and_stay_small() {
    let Some(browser) = Browser::start("many_columns_are_searched_and_stay_small") else { return };
    let folder = wide();
    let calls = folder.ok("predict model.linecall wide.csv --json");
    let row = calls.lines().position(|line| line.contains("\"call\":\"no\"")).unwrap() + 1;
    let page = Page::open(&browser, &folder, &format!("model.linecall wide.csv --row {row}"));
    assert_eq!(page.inputs().len(), 500);
    assert_eq!(page.case["panel"]["left_out"], 100);
    let size = folder.bytes("case.html").len();
    assert!(size < 250_000, "{size} bytes");
    assert!(page.check_ways() >= 1);
    page.check_predicted(&folder, "model.linecall", &[]);

    // The panel fits into a window, and a search finds its column.
    let height = "return document.getElementById('panel').getBoundingClientRect().height";
    assert!(browser.script(height).as_f64().unwrap() < 900.0);
    let column = page.inputs()[321]["column"].as_str().unwrap().to_owned();
    browser.type_into("#panel-name", &column[..11]);
    let shown = "return [...document.querySelectorAll('.control')].filter(e => !e.hidden).length";
    assert_eq!(browser.script(shown), 1);
    page.type_into(&column, "0.3");
    page.check_predicted(&folder, "model.linecall", &[(&column, "0.3")]);
    assert_eq!(sticks_out(&browser), 0.0);
    browser.resize(390, 844);
    assert_eq!(sticks_out(&browser), 0.0);
}

#[test]
fn nothing_sticks_out_of_a_telephone() {
    let Some(browser) = Browser::start("nothing_sticks_out_of_a_telephone") else { return };
    let folder = Folder::with_loans();
    folder.ok("fit loans.csv --target repaid --favourable yes --holdout 0 --lambda 0.02 --quiet");
    let page =
        Page::open(&browser, &folder, "model.linecall loans.csv --row 1 --group city --ways 9");
    for width in [320, 390, 700, 860, 1280] {
        browser.resize(width, 844);
        assert_eq!(sticks_out(&browser), 0.0, "{width}");
        let outside = browser.script(
            "const edge = document.getElementById('panel').getBoundingClientRect(); \
             return [...document.querySelectorAll('#panel *')].map(e => [e, e.getBoundingClientRect()])\
             .filter(([, b]) => b.width && (b.right > edge.right + 1 || b.left < edge.left - 1))\
             .map(([e]) => e.outerHTML)",
        );
        assert_eq!(outside, serde_json::json!([]), "{width}");
        // What is typed and chosen is large enough to hit.
        let small = browser.script(
            "return [...document.querySelectorAll('#panel input, #panel select, #panel button')]\
             .filter(e => e.checkVisibility() && e.getBoundingClientRect().width < 90 \
             && e.getBoundingClientRect().width > 0).map(e => e.outerHTML)",
        );
        assert_eq!(small, serde_json::json!([]), "{width}");
    }
    browser.resize(390, 844);
    page.type_into("income", "4000");
    page.check_predicted(&folder, "model.linecall", &[("income", "4000")]);
}

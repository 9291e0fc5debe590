//! Rules: kept and broken in the page as in the command, and columns that follow others.

use super::Page;
use crate::browser::Browser;
use crate::data::Random;
use crate::folder::Folder;

const HEADER: &str = "income,debts,ratio,savings,married,single,divorced,job,cards,repaid";

const SCHEMA: &str = r#"
version = 1
rules = [
    "ratio = debts / income",
    "savings moves 0.1 per income",
    "exactly 1 of married, single, divorced",
    "if job = none then cards <= 1",
    "at most 3 changes",
    "at most 1 changes of cards, job",
]

[target]
column = "repaid"
classes = ["no", "yes"]
positive = "yes"
favourable = "yes"
COLUMNS
[[columns]]
name = "job"
role = "feature"
kind = "category"
levels = ["clerk", "none", "smith"]

[[columns]]
name = "cards"
role = "feature"
kind = "integer"
min = 0
max = 9

[[columns]]
name = "repaid"
role = "target"
kind = "boolean"
"#;

/// People whose columns keep to the rules, and a model of them.
fn people() -> Folder {
    let mut random = Random::new(11);
    let mut rows = Vec::new();
    for _ in 0..240 {
        let income = 1000.0 + 100.0 * random.below(40) as f64;
        let debts = 50.0 * random.below(60) as f64;
        let savings = (0.1 * income + 50.0 * random.below(20) as f64).round();
        let state = random.below(3);
        let is = |k: usize| if state == k { "yes" } else { "no" };
        let job = ["clerk", "none", "smith"][random.below(3)];
        let cards = random.below(if job == "none" { 2 } else { 5 });
        let ratio = debts / income;
        let score = 0.0008 * (income - 2800.0) - 2.0 * (ratio - 0.5) + 0.001 * (savings - 700.0)
            - 0.4 * (cards as f64 - 1.5)
            + if state == 0 { 0.5 } else { 0.0 };
        let repaid = if random.uniform() < 1.0 / (1.0 + (-score).exp()) { "yes" } else { "no" };
        rows.push(format!(
            "{income},{debts},{ratio},{savings},{},{},{},{job},{cards},{repaid}",
            is(0),
            is(1),
            is(2)
        ));
    }
    let mut columns = String::new();
    for name in ["income", "debts", "ratio", "savings"] {
        let step = match name {
            "income" | "debts" => "step = 200\nlowest = 200\n",
            _ => "",
        };
        columns.push_str(&format!(
            "\n[[columns]]\nname = \"{name}\"\nrole = \"feature\"\nkind = \"number\"\nmin = 0\n{step}"
        ));
    }
    for name in ["married", "single", "divorced"] {
        columns.push_str(&format!(
            "\n[[columns]]\nname = \"{name}\"\nrole = \"feature\"\nkind = \"boolean\"\n\
             levels = [\"no\", \"yes\"]\n"
        ));
    }
    let folder = Folder::new();
    folder.put("people.csv", crate::data::csv(HEADER, &rows));
    folder.put("schema.toml", SCHEMA.replace("COLUMNS", &columns));
    folder.ok("fit people.csv --schema schema.toml --holdout 0 --lambda 0.005 --quiet");
    folder
}

/// The rows that ask, with what they hold.
fn asking(folder: &Folder) -> Vec<usize> {
    let calls = folder.ok("predict model.linecall people.csv --json");
    let rows = calls.lines().enumerate().filter(|(_, line)| line.contains("\"call\":\"no\""));
    rows.map(|(row, _)| row + 1).collect()
}

#[test]
fn ways_keep_to_the_rules_and_columns_follow() {
    let Some(browser) = Browser::start("ways_keep_to_the_rules_and_columns_follow") else { return };
    let folder = people();
    let (mut ways, mut follow) = (0, 0);
    for row in asking(&folder).into_iter().take(6) {
        let question = format!("model.linecall people.csv --row {row} --ways 6 --list distinct");
        let page = Page::open(&browser, &folder, &question);
        ways += page.check_ways();
        let changes = page.ways();
        let changes = changes.iter().flat_map(|way| way["changes"].as_array().unwrap());
        follow += changes.filter(|change| change["follows"] == true).count();
    }
    assert!(ways >= 12 && follow >= 4, "{ways} ways, {follow} changes that follow");
    assert_eq!(browser.complaints(), [] as [String; 0]);
}

#[test]
fn a_column_follows_what_is_typed() {
    let Some(browser) = Browser::start("a_column_follows_what_is_typed") else { return };
    let folder = people();
    let row = asking(&folder)[0];
    let page = Page::open(&browser, &folder, &format!("model.linecall people.csv --row {row}"));
    let held = |column: &str| -> f64 { page.shown(column).parse().unwrap() };
    let (income, debts, savings) = (held("income"), held("debts"), held("savings"));
    page.type_into("income", "5200");
    page.type_into("debts", "130");
    assert!((held("ratio") - 130.0 / 5200.0).abs() < 1e-9);
    assert!((held("savings") - (savings + 0.1 * (5200.0 - income))).abs() < 1e-9);
    let (ratio, moved) = (130.0 / 5200.0, savings + 0.1 * (5200.0 - income));
    let cells = [
        ("income", "5200".to_owned()),
        ("debts", "130".to_owned()),
        ("ratio", format!("{ratio}")),
        ("savings", format!("{moved}")),
    ];
    let cells: Vec<(&str, &str)> =
        cells.iter().map(|(name, cell)| (*name, cell.as_str())).collect();
    page.check_predicted(&folder, "model.linecall", &cells);
    assert_eq!(page.broken(), [] as [String; 0]);
    // Nothing can be divided by 0: the command takes no such way, and the page says so.
    page.type_into("income", "0");
    assert_eq!(page.broken(), ["ratio = debts / income"]);
    page.type_into("income", &income.to_string());
    page.type_into("debts", &debts.to_string());
    page.check_predicted(&folder, "model.linecall", &[]);
    // What the model refuses is told.
    page.type_into("cards", "12");
    assert!(page.notes().contains("“cards” cannot be above 9."), "{}", page.notes());
    page.type_into("cards", "1.5");
    assert!(page.notes().contains("“cards” holds whole numbers only."), "{}", page.notes());
}

#[test]
fn a_broken_rule_is_named() {
    let Some(browser) = Browser::start("a_broken_rule_is_named") else { return };
    let folder = people();
    let text = folder.text("people.csv");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    // A single clerk with at most one card.
    let row =
        rows.iter().position(|r| r[5] == "yes" && r[7] == "clerk" && r[8] <= "1").unwrap() + 1;
    let page = Page::open(&browser, &folder, &format!("model.linecall people.csv --row {row}"));
    let one = "exactly 1 of married, single, divorced";
    assert_eq!(page.broken(), [] as [String; 0]);
    page.choose("married", "yes");
    assert_eq!(page.broken(), [one]);
    assert!(page.notes().contains(one));
    page.choose("single", "no");
    assert_eq!(page.broken(), [] as [String; 0]);
    // The cards are counted among those of a person without a job.
    let (few, job) = ("at most 1 changes of cards, job", "if job = none then cards <= 1");
    page.choose("job", "none");
    assert_eq!(page.broken(), [] as [String; 0]);
    page.type_into("cards", "4");
    assert_eq!(page.broken(), [job, "at most 3 changes", few]);
    page.reset();
    page.type_into("cards", "4");
    assert_eq!(page.broken(), [] as [String; 0]);
    // Columns that follow are no changes of the person's.
    page.type_into("income", "3000");
    page.type_into("debts", "400");
    assert_eq!(page.broken(), [] as [String; 0]);
    page.choose("job", "smith");
    assert_eq!(page.broken(), ["at most 3 changes", few]);
}

#[test]
fn a_rule_that_was_broken_from_the_start_may_stay_so() {
    let name = "a_rule_that_was_broken_from_the_start_may_stay_so";
    let Some(browser) = Browser::start(name) else { return };
    let folder = people();
    // Married and single: no such person is among those that the model learnt from.
    let text = folder.text("people.csv");
    let broken = "1500,2900,1.9333333333333333,150,yes,yes,no,none,1,no";
    folder.put("people.csv", format!("{text}{broken}\n"));
    let page = Page::open(&browser, &folder, "model.linecall people.csv --row 241");
    assert_eq!(page.broken(), [] as [String; 0]);
    page.type_into("income", "1700");
    assert_eq!(page.broken(), [] as [String; 0]);
    page.choose("divorced", "yes");
    assert_eq!(page.broken(), ["exactly 1 of married, single, divorced"]);
    page.check_ways();
}

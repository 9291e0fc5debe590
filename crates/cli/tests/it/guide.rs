//! The guide: commands of its pages are run, and print what the pages say.
//!
//! A `console` block holds commands after `$` and the lines that they print, both streams; a line
//! `...` stands for any number of lines, and at the end of a line for the rest of it. A block after
//! `<!-- file: NAME -->` is written to that file.

use std::path::Path;

use crate::folder::Folder;

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A folder with the bundled data, a model of them and a new client.
fn credit() -> Folder {
    let folder = Folder::new();
    for name in ["credit_default.csv.gz", "credit_default.schema.toml"] {
        folder.put(name, std::fs::read(root("data").join(name)).unwrap());
    }
    folder.ok("fit credit_default.csv.gz --schema credit_default.schema.toml --quiet");
    let months = ["0", "2", "3", "4", "5", "6"].map(|m| format!("PAY_{m}"));
    let six = |name: &str| (1..=6).map(|m| format!("{name}{m}")).collect::<Vec<_>>();
    let head = ["ID", "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE"].map(str::to_owned);
    let head = [&head[..], &months, &six("BILL_AMT"), &six("PAY_AMT")].concat().join(",");
    let row = "A7,50000,1,2,2,37,2,2,0,0,0,0,48000,47000,46500,40000,39000,38000,0,1500,1500,1500,1500,1500";
    folder.put("new.csv", format!("{head}\n{row}\n"));
    folder
}

/// Whether lines are as a page has them.
fn same(found: &[&str], said: &[&str]) -> bool {
    match said.split_first() {
        None => found.is_empty(),
        Some((&"...", rest)) => (0..=found.len()).any(|skip| same(&found[skip..], rest)),
        Some((line, rest)) => found.split_first().is_some_and(|(own, left)| {
            let start = line.strip_suffix("...");
            start.map_or(own == line, |start| own.starts_with(start)) && same(left, rest)
        }),
    }
}

/// Runs the blocks of a page.
fn check(page: &str, folder: &Folder) -> usize {
    let text = std::fs::read_to_string(root("docs").join(page)).unwrap();
    let (mut file, mut ran) = (None, 0);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ") {
            file = name.strip_suffix(" -->");
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(name) = file.take() {
                folder.put(name, block.join("\n") + "\n");
            } else if language == "console" {
                for part in parts(&block) {
                    ran += 1;
                    run(page, folder, part);
                }
            }
        }
    }
    ran
}

/// The commands of a block, each with what it prints.
fn parts<'b>(block: &'b [&'b str]) -> Vec<&'b [&'b str]> {
    let starts: Vec<usize> = (0..block.len()).filter(|&k| block[k].starts_with("$ ")).collect();
    let ends = starts.iter().skip(1).copied().chain([block.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &block[start..end]).collect()
}

fn run(page: &str, folder: &Folder, part: &[&str]) {
    let command = part[0].strip_prefix("$ ").unwrap();
    let ran = folder.shell(command);
    let printed = if ran.code == 2 { ran.stderr } else { ran.stdout };
    let found: Vec<&str> = printed.lines().collect();
    assert!(same(&found, &part[1..]), "{page}: `{command}` prints\n{printed}");
}

#[test]
fn what_the_guide_shows_is_what_is_printed() {
    let folder = credit();
    let ran: usize = ["challenge.md", "recourse.md", "audit.md"]
        .into_iter()
        .map(|page| check(page, &folder))
        .sum();
    assert!(ran >= 9, "{ran} commands");
}

#[test]
fn rules_and_replays_of_the_guide_print_what_it_shows() {
    let folder = credit();
    let ran: usize = ["decide.md", "replay.md"].into_iter().map(|page| check(page, &folder)).sum();
    assert!(ran >= 4, "{ran} commands");
}

#[test]
fn many_fits_of_the_guide_print_what_it_shows() {
    let folder = credit();
    let pages = ["path.md", "bootstrap.md", "permute.md", "stability.md", "learning-curve.md"];
    for page in pages {
        assert!(check(page, &folder) >= 1, "{page}");
    }
}

#[test]
fn the_card_of_the_guide_prints_what_it_shows() {
    assert!(check("scorecard.md", &credit()) >= 5);
}

#[test]
fn the_text_of_the_guide_prints_what_it_shows() {
    let folder = Folder::new();
    let name = "optimization_problems.csv";
    folder.put(name, std::fs::read(root("data").join(name)).unwrap());
    assert_eq!(check("text.md", &folder), 2);
    let case = folder.json(&format!("challenge model.linecall new.csv --row 1 --reference {name}"));
    check_keys("Words of a case", &case["words"][0], &[]);
}

#[test]
fn pictures_and_pages_that_the_guide_names_are_there() {
    let summary = std::fs::read_to_string(root("docs/SUMMARY.md")).unwrap();
    let pages = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut pictures = 0;
    for page in pages {
        let text = std::fs::read_to_string(root("docs").join(page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains(':') {
                let path = root("docs").join(file);
                assert!(path.exists(), "{page}: {link}");
                if file.ends_with(".png") {
                    pictures += 1;
                    assert!(path.metadata().unwrap().len() < 200_000, "{link} is too large");
                }
            }
        }
    }
    assert!(pictures >= 5, "{pictures} pictures");
}

/// Keys that a document need not have.
fn check_keys(section: &str, document: &serde_json::Value, unless_asked: &[&str]) {
    let keys = crate::golden::documented(section);
    assert!(keys.len() >= 5, "{section}: {keys:?}");
    for key in &keys {
        let there = document.get(key).is_some();
        assert!(there || unless_asked.contains(&key.as_str()), "{section}: no `{key}`");
    }
    for key in document.as_object().unwrap().keys() {
        assert!(keys.contains(key), "{section}: `{key}` is not on the page");
    }
}

#[test]
fn every_key_of_a_case_and_an_audit_is_on_the_page() {
    let folder = credit();
    let data = "model.linecall credit_default.csv.gz";
    let case = folder.json(&format!("challenge {data} --row 1 --group SEX"));
    check_keys("challenge", &case, &["redacted", "rule", "points", "words"]);
    check_keys("Contributions of a case", &case["contributions"][0], &[]);
    let (only, none) = (["reach", "short", "nearest"], ["probability", "drift"]);
    check_keys("Recourse of a case", &case["recourse"], &[&only[..], &none].concat());
    let absent = ["left_out", "fixed", "unchecked", "drift", "lost"];
    check_keys("Panel of a case", &case["panel"], &absent);
    let audit = folder.json(&format!("audit {data} --group SEX"));
    check_keys("audit", &audit, &["zero_one"]);
}

#[test]
fn every_key_of_a_card_is_on_the_page() {
    let folder = Folder::with_loans();
    let card = "scorecard loans.csv --target repaid --max-size 3 --nodes 500 --folds 3";
    let found = folder.json(card);
    check_keys("scorecard", &found, &[]);
    check_keys("Card", &found["card"], &[]);
    check_keys("Certificate of a card", &found["certificate"], &["kind"]);
    let case = folder.json("challenge card.linecall loans.csv --row 1 --favourable yes");
    check_keys("Points of a case", &case["points"], &[]);
}

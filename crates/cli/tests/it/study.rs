//! `study`: each simulated study, small, as a table, as JSON and as a page.

use crate::folder::{Folder, at, number};

const SMALL: [&str; 4] = [
    "mixup --draws 2 --rows 40",
    "adamixup --steps 50",
    "surrogate --rows 200 --columns 5 --steps 20",
    "curriculum --rows 40 --target-rows 30 --columns 4 --steps 20 --epochs 5",
];

#[test]
fn every_study_is_a_table_a_document_and_a_page() {
    let folder = Folder::new();
    for study in SMALL {
        let found = folder.json(&format!("study {study} --quiet --report page.html"));
        let name = study.split_whitespace().next().unwrap();
        assert_eq!(at(&found, "name"), name);
        assert!(at(&found, "rows").as_array().unwrap().len() >= 3);
        assert_eq!(number(&found, "study.seed"), 0.0);
        let html = folder.text("page.html");
        assert!(html.contains("<svg") && html.contains(&format!("linecall study {name} --seed 0")));
        assert!(!html.contains("http://") || !html.contains("src="), "nothing from elsewhere");
        let page = folder.ok(&format!("study {study} --quiet"));
        assert!(page.lines().count() > 4, "{page}");
        // The same seed says the same, at any number of threads; another says another.
        assert_eq!(page, folder.ok(&format!("study {study} --quiet --threads 1")));
        assert_ne!(page, folder.ok(&format!("study {study} --quiet --seed 1")));
    }
}

#[test]
fn flags_without_meaning_are_refused() {
    let folder = Folder::new();
    for (study, flag) in [
        ("mixup --steps 5", "--steps"),
        ("adamixup --columns 3", "--columns"),
        ("surrogate --epochs 3", "--epochs"),
        ("curriculum --squared", "--squared"),
        ("curriculum --draws 3", "--draws"),
    ] {
        let refused = folder.run(&format!("study {study}"));
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains(&format!("{flag} means nothing")), "{}", refused.stderr);
    }
    assert_eq!(folder.run("study astrology").code, 2);
    assert_eq!(folder.run("study mixup --report -").code, 2);
    let refused = folder.run("study curriculum --rate -1");
    assert!(refused.code == 2 && refused.stderr.contains("`rate`"), "{}", refused.stderr);
}

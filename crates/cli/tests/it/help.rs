//! Help, completions and manual pages: made from one definition, and true.

use crate::folder::Folder;

/// The verbs that the help lists.
fn verbs(folder: &Folder) -> Vec<String> {
    let help = folder.ok("--help");
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|l| l.strip_prefix("  ")).filter(|l| !l.starts_with(' '));
    let names = names.filter_map(|l| l.split_whitespace().next()).map(str::to_owned);
    names.filter(|n| n != "help").collect()
}

#[test]
fn the_example_of_every_verb_runs() {
    let folder = Folder::new();
    let verbs = verbs(&folder);
    assert_eq!(verbs.len(), 30, "{verbs:?}");
    folder.ok("demo --dir . --quiet");
    folder.put("coefficients.csv", "feature,coef\n(intercept),-1\nincome,0.5\n");
    for verb in &verbs {
        let help = folder.ok(&format!("{verb} --help"));
        let example = help.split("Example:\n").nth(1).unwrap_or_else(|| panic!("{verb}: none"));
        // Long lines are wrapped to the width of the terminal.
        let line: Vec<&str> = example.split_whitespace().collect();
        let line = line.join(" ");
        assert!(line.starts_with(&format!("linecall {verb}")), "{line}");
        let ran = folder.shell(&line);
        assert_eq!(ran.code, 0, "{line}: {}{}", ran.stdout, ran.stderr);
    }
    for file in ["schema.toml", "calls.csv", "report.html", "linecall-demo/model.linecall"] {
        assert!(folder.path(file).exists(), "{file}");
    }
}

#[test]
fn the_first_help_says_what_to_try() {
    let folder = Folder::new();
    let help = folder.run("");
    assert_eq!(help.code, 2);
    assert!(help.stderr.contains("linecall fit DATA --target COLUMN"), "{}", help.stderr);
    assert_eq!(folder.ok("--version").trim(), concat!("linecall ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_name_every_verb() {
    let folder = Folder::new();
    let verbs = verbs(&folder);
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.ok(&format!("completions {shell}"));
        for verb in &verbs {
            assert!(script.contains(verb.as_str()), "{shell}: {verb}");
        }
        assert!(script.contains("class-weight"), "{shell}");
    }
    let ran = folder.run("completions tcsh");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("[possible values: bash"), "{}", ran.stderr);
}

#[test]
fn there_is_a_manual_page_for_every_verb() {
    let folder = Folder::new();
    folder.ok("man --dir pages");
    let mut want: Vec<String> =
        verbs(&folder).iter().map(|v| format!("pages/linecall-{v}.1")).collect();
    want.extend(["pages".to_owned(), "pages/linecall.1".to_owned()]);
    want.sort();
    assert_eq!(folder.names(), want);
    let page = folder.text("pages/linecall-fit.1");
    assert!(page.contains(".TH linecall\\-fit 1") || page.contains(".TH linecall-fit 1"), "{page}");
    assert!(page.contains("class\\-weight") && page.contains("Example:"), "{page}");
}

//! Bad settings: refused by name, and nothing left behind.

use crate::folder::Folder;

const FIT: [&str; 6] = ["fit", "loans.csv", "--target", "repaid", "-o", "m.linecall"];

#[test]
fn impossible_settings_are_refused_on_one_line() {
    let folder = Folder::with_loans();
    let cases: [(&str, &[&str]); 32] = [
        ("--lambda -1", &["`lambda` is -1", "0 or above"]),
        ("--lambda=-1", &["`lambda` is -1", "0 or above"]),
        ("--lambda nan", &["`lambda` is NaN", "0 or above"]),
        ("--lambda inf", &["`lambda` is inf", "0 or above"]),
        ("--C 0", &["`C` is 0", "above 0"]),
        ("--C -2", &["`C` is -2", "above 0"]),
        ("--C inf", &["`C` is inf", "above 0"]),
        ("--holdout 1.5", &["`holdout` is 1.5", "below 1"]),
        ("--holdout 1", &["`holdout` is 1", "below 1"]),
        ("--holdout -0.1", &["`holdout` is -0.1", "above 0"]),
        ("--holdout nan", &["`holdout` is NaN", "below 1"]),
        ("--penalty none --lambda 1", &["--penalty none", "--lambda"]),
        ("--no-tune", &["--no-tune", "--lambda NUMBER or --C NUMBER"]),
        ("--class-weight heavy", &["--class-weight", "`heavy`", "CLASS=WEIGHT"]),
        ("--class-weight yes=-1,no=1", &["class-weight", "yes=-1", "0 or above"]),
        ("--class-weight yes=nan,no=1", &["class-weight", "0 or above"]),
        ("--class-weight maybe=1", &["class-weight", "maybe", "classes"]),
        ("--positive maybe", &["`maybe`", "`no`, `yes`"]),
        ("--favourable maybe", &["`maybe`", "`no`, `yes`"]),
        ("--delimiter ab", &["--delimiter", "`ab`", "`tab`"]),
        ("--penalty l1 --solver newton", &["`solver` is newton", "l1"]),
        ("--solver dual-descent --loss squared", &["`solver` is dual-descent", "hinge"]),
        ("--loss hinge --penalty l1", &["`loss` is hinge", "smoothed-hinge"]),
        ("--tolerance 0", &["`tolerance` is 0", "above 0"]),
        ("--tolerance nan", &["`tolerance` is NaN", "above 0"]),
        ("--l1-ratio 0.2", &["--l1-ratio", "elastic-net"]),
        ("--penalty elastic-net --l1-ratio 2", &["`l1-ratio` is 2", "0 (L2) to 1 (L1)"]),
        ("--penalty-factor income", &["--penalty-factor", "COLUMN=FACTOR"]),
        ("--penalty-factor nope=1", &["`penalty-factor` is nope", "name of a column"]),
        ("--bounds income=1", &["--bounds", "COLUMN=LOW:HIGH"]),
        ("--bounds income=1:2", &["`bounds` is income=1:2", "at most 0"]),
        ("--loss relu --penalty none", &["`loss` is relu", "three classes"]),
    ];
    for (flags, parts) in cases {
        let arguments: Vec<&str> = FIT.into_iter().chain(flags.split(' ')).collect();
        folder.refused_words(&arguments, parts);
    }
}

/// What the parser of the command line refuses is told in a few lines, with the way to the help.
#[test]
fn impossible_arguments_are_refused_with_the_usage() {
    let folder = Folder::with_loans();
    let before = folder.names();
    for (flags, part) in [
        ("--folds 1", "1 is not in 2.."),
        ("--folds 0", "0 is not in 2.."),
        ("--threads 0", "0 is not in 1.."),
        ("--threads 100000", "100000 is not in 1.."),
        ("--seed -1", "--seed"),
        ("--lambda much", "--lambda"),
        ("--lambda 1 --C 1", "cannot be used with"),
        ("--test loans.csv --holdout 0.5", "cannot be used with"),
        ("--loss hinges", "smoothed-hinge[:gamma=1]"),
        ("--penalty l3", "[possible values: none, l2, l1, elastic-net, group-lasso]"),
        ("--folding 3", "'--folding'"),
        ("--test-labels y.npy", "--test <FILE>"),
    ] {
        let arguments: Vec<&str> = FIT.into_iter().chain(flags.split(' ')).collect();
        let ran = folder.run_words(&arguments);
        assert_eq!(ran.code, 2, "{flags}");
        assert!(ran.stderr.starts_with("error: "), "{flags}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{flags}: {}", ran.stderr);
        assert!(ran.stderr.contains("--help"), "{flags}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(folder.names(), before, "{flags} left something behind");
    }
    let unknown = folder.run("fitt loans.csv");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("'fit'"), "{}", unknown.stderr);
}

#[test]
fn quiet_says_nothing_on_standard_error() {
    let folder = Folder::with_loans();
    for arguments in [
        "describe loans.csv --target repaid -o schema.toml --quiet",
        "fit loans.csv --target repaid --quiet",
        "predict model.linecall loans.csv -o calls.csv --quiet",
        "eval model.linecall loans.csv --quiet",
        "verify model.linecall loans.csv --quiet",
    ] {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments}");
    }
}

#[test]
fn too_few_rows_of_a_class_are_explained() {
    let folder = Folder::new();
    let rows: Vec<String> =
        (0..30).map(|i| format!("{},{}", i % 4, if i == 7 { "yes" } else { "no" })).collect();
    folder.put("rare.csv", crate::data::csv("x,y", &rows));
    let parts = ["smallest class has 1 of 30 rows", "; give more rows", "--lambda"];
    folder.refused("fit rare.csv --target y", &parts);
    folder.ok("fit rare.csv --target y --holdout 0 --no-tune --lambda 0.1");
}

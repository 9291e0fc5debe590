//! Programs as black boxes.
#![cfg(unix)]

use std::time::{Duration, Instant};

use linecall_audit::explain::{
    Background, BlackBox, Command, Kernel, LocalOptions, RowFormat, TableMask, local_explanation,
};
use linecall_data::{Design, DesignColumn, Term};

fn shell(script: &str) -> Command {
    Command { timeout: Duration::from_secs(20), ..Command::new("sh", &["-c", script]) }
}

fn design() -> Design {
    Design::from_rows(&[vec![0.25, 2.0], vec![0.5, 3.0]], &["a", "b, \"c\""]).unwrap()
}

#[test]
fn rows_go_out_and_answers_come_back() {
    // The first column is the answer.
    let csv = shell("tail -n +2 | cut -d, -f1");
    assert_eq!(csv.answers(&design()).unwrap(), [0.25, 0.5]);
    let json = Command {
        format: RowFormat::JsonLines,
        outputs: 2,
        ..shell(r#"sed -e 's/{"a":\([0-9.]*\),"b, \\"c\\"":[0-9]*}/[\1, 0.5]/'"#)
    };
    assert_eq!(json.answers(&design()).unwrap(), [0.25, 0.5, 0.5, 0.5]);
    let header = shell("head -n 1 | grep -qx 'a,\"b, \"\"c\"\"\"' && printf '0\\n1\\n'");
    assert_eq!(header.answers(&design()).unwrap(), [0.0, 1.0]);
}

#[test]
fn a_program_is_explained() {
    let x = Design::from_rows(&[vec![0.1, 0.2], vec![0.4, 0.3]], &["a", "b"]).unwrap();
    let mask = TableMask::new(&x, 1, &Background::row(&x, 0).unwrap()).unwrap();
    let sum = shell("awk -F, 'NR > 1 { print 0.5 * $1 + $2 }'");
    let options = LocalOptions { kernel: Kernel::Shap, ..LocalOptions::default() };
    let found = local_explanation(&mask, &sum, &options).unwrap();
    assert!((found.weights[0] - 0.15).abs() < 1e-12 && (found.weights[1] - 0.1).abs() < 1e-12);
}

#[test]
fn what_goes_wrong_is_said_in_one_line() {
    let fails = |command: Command| {
        let error = command.answers(&design()).unwrap_err().to_string();
        assert!(!error.contains('\n'));
        error
    };
    assert_eq!(
        fails(shell("echo first >&2; echo no such model >&2; exit 3")),
        "command `sh` ended with exit code 3: no such model"
    );
    assert_eq!(
        fails(shell("cat > /dev/null; echo 0.5")),
        "command `sh` answered 1 lines for 2 rows (no header)"
    );
    assert_eq!(
        fails(shell("printf '0.5\\nhigh\\n'")),
        "command `sh` answered `high` in line 2, expected a probability"
    );
    assert!(fails(shell("printf '0.5\\n1.5\\n'")).contains("`1.5` in line 2"));
    assert!(fails(shell("printf '0.5\\nNaN\\n'")).contains("`NaN`"));
    assert!(
        fails(shell("printf '0.5,0.5\\n0.5,0.5\\n'")).contains("2 numbers in line 1, expected 1")
    );
    assert!(fails(shell("yes 0.5")).contains("more than 2 lines can hold"));
    assert!(fails(shell("printf '\\377\\n\\377\\n'")).contains("not text"));
    assert!(fails(shell("kill -9 $$")).contains("a signal"));
    assert!(fails(Command::new("no-such-program", &[])).contains("cannot be started"));
    let any = Command { probabilities: false, ..shell("printf '%s\\n' -3 1e3") };
    assert_eq!(any.answers(&design()).unwrap(), [-3.0, 1000.0]);
}

#[test]
fn a_program_that_does_not_end_is_ended() {
    for script in ["sleep 60", "sleep 60 & echo 0.5; echo 0.5; exit 0"] {
        let slow = Command { timeout: Duration::from_millis(300), ..shell(script) };
        let began = Instant::now();
        let error = slow.answers(&design()).unwrap_err().to_string();
        assert!(error.contains("did not end within 0.3 s"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

// More than a pipe holds, in both directions, to a program that answers before it has read all.
#[test]
fn many_rows_do_not_block() {
    let rows: Vec<Vec<f64>> = (0..20_000).map(|i| vec![f64::from(i) / 20_000.0]).collect();
    let column = DesignColumn { source: "x".to_owned(), term: Term::Value, unit: None };
    let x = Design::from_rows(&rows, &[column.source.as_str()]).unwrap();
    assert_eq!(shell("tail -n +2").answers(&x).unwrap().len(), 20_000);
    let deaf = shell("seq 20000 | sed 's/.*/0.5/'; exit 0");
    assert_eq!(deaf.answers(&x).unwrap(), vec![0.5; 20_000]);
}

//! Policies: what is accepted can be judged against an audit, or names a figure that there is none of.

use std::sync::OnceLock;

use linecall::{AuditOptions, AuditReport, FitOptions, Policy, Silent, Strength, audit, fit};
use linecall_data::read::ReadOptions;

use super::{memory, one_line};

/// The audit of a small model, made once.
fn report() -> &'static AuditReport {
    static REPORT: OnceLock<AuditReport> = OnceLock::new();
    REPORT.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loans.csv");
        let rows: Vec<String> = (0..60)
            .map(|i| {
                let paid = if (i * 7) % 20 + i % 3 > 10 { "yes" } else { "no" };
                format!("{},{},{paid}", (i * 7) % 20, ["a", "b"][i % 2])
            })
            .collect();
        std::fs::write(&path, format!("income,city,paid\n{}\n", rows.join("\n"))).expect("written");
        let data = path.to_str().expect("a name in UTF-8").to_owned();
        let mut options = FitOptions::default();
        options.infer.target = Some("paid".to_owned());
        options.strength = Strength::Lambda(0.05);
        let fitted = fit(&data, &options, &Silent).expect("a fit");
        let groups = vec!["city".to_owned()];
        let options = AuditOptions { groups, ..AuditOptions::default() };
        audit(&fitted.pipeline, "m.linecall", &data, &ReadOptions::default(), &options)
            .expect("an audit")
    })
}

/// The check.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let report = report();
    match memory::kept(data.len(), |_| 0, || Policy::from_toml(text, "policy.toml")) {
        Ok(policy) => match policy.judge(report) {
            Ok(gates) => {
                assert_eq!(gates.holds, gates.gates.iter().all(|gate| gate.holds));
                assert!(gates.gates.iter().all(|gate| gate.holds == gate.reason.is_none()));
            }
            Err(error) => {
                let text = error.to_string();
                assert!(!text.contains('\n') && text.starts_with("the figure `"), "{text:?}");
            }
        },
        Err(error) => one_line::check(&error, "policy.toml"),
    }
}

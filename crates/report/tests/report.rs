//! What a report holds, and what it never holds.

#![allow(clippy::unwrap_used, clippy::panic)]

mod samples;

use linecall::FitOutcome;
use linecall_linear::metrics::Interval;
use linecall_report::fit_report;

fn page(outcome: &FitOutcome) -> String {
    fit_report(outcome).unwrap()
}

/// The page without its style sheet.
fn body(page: &str) -> &str {
    page.split_once("</style>").unwrap().1
}

#[test]
fn every_sample_renders_whole_and_below_the_size_limit() {
    for (name, outcome) in samples::all() {
        let page = page(&outcome);
        assert!(page.starts_with("<!doctype html>"), "{name}");
        assert!(page.trim_end().ends_with("</html>"), "{name}");
        assert!(page.len() < 400_000, "{name}: {} bytes", page.len());
        for (open, close) in
            [("<svg", "</svg>"), ("<table", "</table>"), ("<section", "</section>")]
        {
            assert_eq!(page.matches(open).count(), page.matches(close).count(), "{name} {open}");
        }
    }
}

#[test]
fn the_same_outcome_gives_the_same_bytes() {
    assert_eq!(page(&samples::credit()), page(&samples::credit()));
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    for (name, outcome) in samples::all() {
        let page = page(&outcome).to_lowercase();
        for never in ["<script", "<img", "<link", "<iframe", "<object", "@import", "url(", " src="]
        {
            // The hostile sample carries ` src=` and the like as text; it must be escaped text.
            let found = page.match_indices(never).filter(|(at, _)| in_tag(&page, *at)).count();
            assert_eq!(found, 0, "{name}: {never}");
        }
        for (at, _) in page.match_indices("://") {
            assert!(!in_tag(&page, at), "{name}: an address inside a tag");
            assert_eq!(name, "hostile", "an address in the text");
        }
        for (at, _) in page.match_indices("href=\"") {
            assert_eq!(page.as_bytes()[at + 6], b'#', "{name}: a link that leaves the page");
        }
    }
}

/// Whether a byte lies between `<` and `>`. A raw `<` in text would be a fault in itself.
fn in_tag(page: &str, at: usize) -> bool {
    let before = &page[..at + 1];
    before.rfind('<') > before.rfind('>')
}

#[test]
fn every_reference_inside_the_page_has_its_target_and_ids_are_unique() {
    for (name, outcome) in samples::all() {
        let page = page(&outcome);
        let mut ids: Vec<&str> = values(&page, " id=\"");
        for target in values(&page, "href=\"#") {
            assert!(ids.contains(&target), "{name}: no target for #{target}");
        }
        for both in values(&page, "aria-labelledby=\"") {
            assert!(both.split(' ').all(|id| ids.contains(&id)), "{name}: {both}");
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: an id is used twice");
    }
}

fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_chart_has_a_name_and_a_description() {
    for (name, outcome) in samples::all() {
        let page = page(&outcome);
        for svg in page.split("<svg").skip(1) {
            let head = svg.split('>').next().unwrap();
            let hidden = head.contains("aria-hidden=\"true\"");
            let named =
                head.contains("role=\"img\"") && svg.contains("<title") && svg.contains("<desc");
            assert!(hidden || named, "{name}: {head}");
        }
    }
}

#[test]
fn untrusted_names_stay_text() {
    let page = page(&samples::hostile());
    assert!(page.contains("&lt;script&gt;"));
    // The style sheet and the title each end once: no name closes them.
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(page.matches("<h1>").count(), 1);
    assert!(page.contains("日本語 ünïcødé العربية"));
    // Templates are not applied to names, and long ones are cut except in the command.
    assert!(page.contains("{{ 7 * 6 }}"));
    assert!(!body(&page).contains(">42<"));
    assert_eq!(page.matches(&"x".repeat(3000)).count(), 1);
    assert!(!page.contains('\u{202e}') && !page.contains('\0'));
    assert!(!page.contains("NaN") && !page.contains(">inf"));
}

#[test]
fn every_metric_and_interval_is_shown() {
    for outcome in [samples::credit(), samples::iris(), samples::support_vector()] {
        let page = page(&outcome);
        let metrics = outcome.holdout.unwrap();
        let plain = [
            metrics.auc,
            metrics.average_precision,
            metrics.log_loss,
            metrics.brier,
            metrics.ece,
            metrics.mcc,
        ];
        for Interval { value, low, high } in plain.into_iter().flatten() {
            assert!(page.contains(&format!(">{value:.4}</td>")), "{value}");
            assert!(page.contains(&format!(">{low:.4} to {high:.4}</td>")), "{low} to {high}");
        }
        for share in [Some(metrics.accuracy), metrics.balanced_accuracy].into_iter().flatten() {
            assert!(page.contains(&format!(">{:.2}%</td>", 100.0 * share.value)), "{share:?}");
        }
        for class in &metrics.per_class {
            for i in [class.precision, class.recall, class.f1].into_iter().flatten() {
                let ends = format!("{:.1} to {:.1}", 100.0 * i.low, 100.0 * i.high);
                assert!(
                    page.contains(&format!(">{:.1}%<span class=\"under\">{ends}", 100.0 * i.value))
                );
            }
        }
        for count in metrics.confusion.counts.iter().flatten().filter(|c| **c < 1000.0) {
            assert!(page.contains(&format!(">{count:.0}<span class=\"under\">")), "{count}");
        }
    }
}

#[test]
fn sets_of_labels_have_their_own_metrics_and_words() {
    for outcome in [samples::warnings(), samples::two_labels(), samples::many_labels()] {
        let page = page(&outcome);
        let m = outcome.holdout_sets.as_ref().unwrap();
        let plain = [m.micro_f1, m.macro_f1, m.weighted_f1, m.macro_auc, m.log_loss, m.brier];
        let plain = plain.into_iter().flatten().chain([m.coverage_error]);
        for Interval { value, low, high } in plain {
            assert!(page.contains(&format!(">{value:.4}</td>")), "{value}");
            assert!(page.contains(&format!(">{low:.4} to {high:.4}</td>")), "{low} to {high}");
        }
        for share in [m.subset_accuracy, m.hamming_loss] {
            assert!(page.contains(&format!(">{:.2}%</td>", 100.0 * share.value)), "{share:?}");
        }
        for label in &m.per_label {
            for i in [label.precision, label.recall, label.f1, label.auc].into_iter().flatten() {
                let ends = format!("{:.1} to {:.1}", 100.0 * i.low, 100.0 * i.high);
                let cell = format!(">{:.1}%<span class=\"under\">{ends}", 100.0 * i.value);
                assert!(page.contains(&cell), "{}: {cell}", label.label);
            }
        }
        let body = body(&page);
        assert!(body.contains("By label") && body.contains("Each label against its absence"));
        for word in ["Confusion matrix", "Positive class", "classes", "Favourable outcome"] {
            assert!(!body.contains(word), "{word}");
        }
        // A row counts to each of its labels: shares are of rows.
        let rows = outcome.fingerprint.rows;
        let share = 100.0 * outcome.classes[0].rows as f64 / rows as f64;
        assert!(body.contains(&format!("{share:.1}%")));
        assert!(body.contains("ranks a row that carries a label above one"));
    }
}

#[test]
fn the_summary_compares_with_always_calling_the_commonest_class() {
    let mut outcome = samples::credit();
    let text = page(&outcome);
    assert!(text.contains("more than the 75.2% that always calling the commonest class"), "{text}");
    let metrics = outcome.holdout.as_mut().unwrap();
    metrics.accuracy = Interval { value: 0.75, low: 0.74, high: 0.76 };
    assert!(page(&outcome).contains("which does not clearly differ from the 75.2%"));
    outcome.holdout.as_mut().unwrap().accuracy = Interval { value: 0.7, low: 0.69, high: 0.71 };
    assert!(page(&outcome).contains("less than the 75.2%"));
}

#[test]
fn classes_are_named_in_words_with_the_favourable_outcome() {
    let page = page(&samples::credit());
    assert!(page.contains("<dt>Positive class</dt><dd><bdi>defaults next month</bdi>"));
    assert!(page.contains("<dt>Favourable outcome</dt><dd><bdi>pays next month</bdi>"));
    let page = fit_report(&samples::support_vector()).unwrap();
    assert!(page.contains("<dt>Favourable outcome</dt><dd><bdi>not declared</bdi>"));
}

#[test]
fn coefficients_name_their_reference_and_the_range_is_not_called_an_interval() {
    let page = page(&samples::credit());
    assert!(page.contains(
        "EDUCATION = other</bdi><span class=\"under\">compared with <bdi>graduate school</bdi>"
    ));
    assert!(page.contains("It is a range, not a confidence interval."));
    assert!(page.contains("−4.565\u{a0}×\u{a0}10⁻⁶"), "a coefficient in the user's units");
    // 32 columns: one is zero, thirty are drawn, one is left to the table.
    assert_eq!(page.matches("class=\"forest-plot\"").count(), 30);
    assert!(page.contains("and 1 weaker one in the table below"));
    let table = page.split_once("<table class=\"coefficients\">").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    assert_eq!(table.matches("<tr>").count(), 1 + 32, "head and all columns, beside the intercept");
}

#[test]
fn many_classes_have_a_column_and_a_forest_each() {
    let page = page(&samples::iris());
    assert_eq!(page.matches("<details class=\"card\"").count(), 3);
    assert_eq!(page.matches("<g id=\"forest-").count(), 3);
    for (k, class) in ["setosa", "versicolor", "virginica"].into_iter().enumerate() {
        assert!(page.contains(&format!("<th scope=\"col\" class=\"num\"><bdi>{class}</bdi></th>")));
        assert!(
            page.contains(&format!("id=\"calibration-{k}\""))
                || page.contains(&format!("id=\"calibration-{k}-t\""))
        );
    }
}

#[test]
fn long_lists_say_what_they_leave_out() {
    let page = page(&samples::many_classes());
    assert!(page.contains("Most frequent mistakes"));
    assert!(page.contains("more columns, which are weaker"));
    assert!(page.contains("Coefficients of 28 more classes are left out"));
    assert!(page.contains("Plots of 16 more classes are left out"));
    assert!(page.contains("In colour: the classes with the lowest F1."));
}

#[test]
fn an_outcome_without_the_optional_parts_says_so() {
    let page = page(&samples::plain_matrix());
    assert!(page.contains("No rows were held out, so this report says nothing about how good"));
    assert!(page.contains("fitted without a penalty"));
    assert!(page.contains("The data came as a matrix"));
    assert!(page.contains("there is no range over folds"));
    for absent in
        ["class=\"tiles\"", "id=\"curves\"", "href=\"#metrics\"", "id=\"remarks\"", "id=\"path-t\""]
    {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn bare_scores_have_no_probability_metrics_and_no_calibration_chart() {
    let page = page(&samples::support_vector());
    assert!(page.contains("scores, not probabilities"));
    for absent in ["Log loss", "Brier", "id=\"calibration-0-t\""] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("λ = 0.003162 was given"));
}

#[test]
fn a_fit_that_did_not_converge_is_said_to_be_so_twice() {
    let page = page(&samples::support_vector());
    assert!(page.contains("<bdi>not reached: iteration limit</bdi>"));
    assert!(page.contains("verdict caution"));
    assert!(page.contains("usable but not optimal"));
    assert!(!fit_report(&samples::credit()).unwrap().contains("verdict caution"));
}

#[test]
fn the_path_marks_the_chosen_point_and_the_minimum() {
    let outcome = samples::credit();
    let tuning = outcome.tuning.as_ref().unwrap();
    assert_ne!(tuning.chosen, tuning.minimum, "the sample shows both");
    let page = page(&outcome);
    assert!(page.contains(">chosen: λ = 0.002754</text>"));
    assert!(page.contains(">lowest mean: λ = 0.001862</text>"));
    assert_eq!(page.matches("<tr class=\"marked\">").count(), 2);
}

#[test]
fn provenance_is_complete() {
    let outcome = samples::credit();
    let page = page(&outcome);
    assert!(page.contains(&outcome.fingerprint.sha256));
    assert!(page.contains("<dt>Seed</dt><dd>1</dd>"));
    assert!(page.contains("<dt>linecall</dt><dd>0.1.0</dd>"));
    assert!(page.contains(">0.4342817065</td>"), "the objective");
    let command = page.split_once("<pre><code>").unwrap().1.split_once("</code>").unwrap().0;
    let command = command.replace("<span>", "").replace("</span>", "").replace("&#x27;", "'");
    assert_eq!(command, outcome.command);
}

#[test]
fn metrics_without_curves_have_no_charts() {
    let mut outcome = samples::credit();
    outcome.curves = None;
    let page = page(&outcome);
    assert!(page.contains("class=\"tiles\"") && !page.contains("id=\"curves\""));
    assert!(!page.contains("href=\"#curves\""));
}

#[test]
fn empty_and_ragged_outcomes_do_not_panic() {
    for (_, sample) in samples::all() {
        let mut outcome = sample.clone();
        outcome.classes.clear();
        outcome.score_classes.clear();
        outcome.coefficients.iter_mut().for_each(|row| row.standardized.truncate(1));
        outcome.intercept.clear();
        outcome.data.clear();
        if let Some(curves) = &mut outcome.curves {
            curves.histogram.edges.truncate(1);
            curves.roc.iter_mut().for_each(|c| c.points.clear());
            curves.calibration.iter_mut().for_each(|c| c.bins.clear());
        }
        if let Some(metrics) = &mut outcome.holdout {
            metrics.confusion.counts.clear();
            metrics.per_class.clear();
        }
        if let Some(tuning) = &mut outcome.tuning {
            tuning.chosen = 10_000;
            tuning.path.truncate(1);
        }
        assert!(page(&outcome).contains("</html>"));
        outcome.coefficients.clear();
        if let Some(tuning) = &mut outcome.tuning {
            tuning.path.clear();
        }
        assert!(page(&outcome).contains("</html>"));
    }
}

#[test]
fn without_a_bootstrap_no_interval_is_claimed() {
    let mut outcome = samples::credit();
    let metrics = outcome.holdout.as_mut().unwrap();
    metrics.replicates = 0;
    let page = page(&outcome);
    assert!(page.contains("there are no intervals"));
    assert!(page.contains("(AUC 0.801)."));
    let without = page.replace("Wilson intervals", "");
    assert!(!without.contains("% interval "), "an interval in words");
    assert!(!page.contains("0.7884 to 0.8137"));
}

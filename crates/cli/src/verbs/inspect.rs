//! `inspect`: what is in a model file.

use std::collections::BTreeMap;

use linecall::{
    DecisionPost, Method, Pipeline, PostRule, coefficient_rows, data::Certificate, score_classes,
    token_collisions, top_tokens,
};

use crate::args::Inspect;
use crate::failure::{Answer, Failure};
use crate::{output, text};

pub(crate) fn run(args: &Inspect) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    if !args.inference.inference.is_empty() {
        return super::infer::run(args, &pipeline);
    }
    if args.schema {
        let schema = pipeline.front_end.schema().ok_or_else(|| {
            Failure::usage(format!("{}: was trained on a matrix, which has no schema", args.model))
        })?;
        output::say(&schema.to_toml()?)?;
        return Ok(true);
    }
    if args.common.json {
        let mut page = serde_json::json!({
            "format": 1,
            "classes": pipeline.classes(),
            "multilabel": pipeline.model.is_multilabel(),
            "positive": pipeline.model.positive().and_then(|p| pipeline.classes().get(p)),
            "link": pipeline.model.link(),
            "coefficients": coefficient_rows(&pipeline),
            "intercept": pipeline.model.intercept(),
            "score_classes": score_classes(&pipeline),
            "schema": pipeline.front_end.schema(),
            "training": pipeline.training,
            "certificates": pipeline.certificates,
            "fingerprint": pipeline.fingerprint,
        });
        let tokens = top_tokens(&pipeline, if args.all { 1_000_000 } else { 40 });
        if let (false, Some(page)) = (tokens.is_empty(), page.as_object_mut()) {
            page.insert("tokens".to_owned(), serde_json::json!(tokens));
            let collisions: BTreeMap<_, _> = token_collisions(&pipeline).into_iter().collect();
            page.insert("collisions".to_owned(), serde_json::json!(collisions));
        }
        if let (Some(post), Some(page)) = (&pipeline.post, page.as_object_mut()) {
            page.insert("post".to_owned(), serde_json::json!(post));
        }
        output::say_json(&page)?;
        return Ok(true);
    }
    output::say(&page(args, &pipeline))?;
    Ok(true)
}

fn page(args: &Inspect, pipeline: &Pipeline) -> String {
    let training = &pipeline.training;
    let classes: Vec<String> = pipeline
        .classes()
        .iter()
        .zip(&training.class_rows)
        .map(|(c, n)| match training.plan.imported() {
            None => format!("`{c}` {}", text::count(*n)),
            Some(_) => format!("`{c}`"),
        })
        .collect();
    let sets = pipeline.model.is_multilabel();
    let any = if sets { "any of " } else { "" };
    let mut out = format!("{}: linear classifier, {any}{}\n", args.model, classes.join(", "));
    let mut say = |name: &str, value: String| out.push_str(&format!("  {name:<14}{value}\n"));
    if let Some(schema) = pipeline.front_end.schema() {
        say("target", format!("`{}`", schema.target.column));
        if let Some(good) = &schema.target.favourable {
            say("favourable", format!("`{good}` {}", schema.target.describe(good)));
        }
    }
    if let Some(mark) = pipeline.front_end.multilabel() {
        say("calls", format!("sets of labels, parted by `{mark}`"));
    }
    if let ([positive], false) = (score_classes(pipeline).as_slice(), sets) {
        say("positive", format!("`{positive}`"));
    }
    match &training.plan {
        Method::Penalised(plan) => {
            say("loss", plan.loss.name().to_owned());
            if !plan.vicinal.is_none() {
                say("taken over", format!("all pairs of rows, {}", plan.vicinal));
            }
            say("penalty", format!("{}, lambda {:e}", plan.penalty.name(), plan.penalty.lambda()));
        }
        Method::Codes(plan) => {
            let bits = &plan.bits;
            say("codes", format!("{} learners", plan.codes.words.first().map_or(0, String::len)));
            say("loss", bits.loss.name().to_owned());
            say("penalty", format!("{}, lambda {:e}", bits.penalty.name(), bits.penalty.lambda()));
        }
        Method::Direct(plan) => say("learner", plan.learner.describe().to_owned()),
        Method::Scorecard(plan) => {
            let most = plan.max_size;
            say("scorecard", format!("{}, at most {most} conditions", plan.scorecard.name()));
        }
        Method::Imported(origin) => {
            say("imported", format!("from {}", origin.describe()));
            say("file", format!("sha256 {}", origin.sha256));
            say("trained on", "not known: there is no certificate either".to_owned());
        }
    }
    if training.plan.imported().is_none() {
        let inside = training.plan.standardize();
        say("standardised", if inside { "inside the fit" } else { "no" }.to_owned());
        say("trained on", format!("{} rows, seed {}", text::count(training.rows), training.seed));
        say("fingerprint", format!("sha256 {}", pipeline.fingerprint.sha256));
    }
    for certificate in &pipeline.certificates {
        if let Certificate::Direct(c) = certificate {
            say("certificate", text::direct(c).trim().to_owned());
        }
        if let Certificate::Code(c) = certificate {
            for (class, word) in pipeline.classes().iter().zip(&c.words) {
                say("word", format!("{word} `{class}`"));
            }
            say("certificate", text::codes(c).trim().replace('\n', " "));
        }
        if let Certificate::Card(c) = certificate {
            let proof = if c.optimal { "proved to be the least" } else { "not proved" };
            let text = format!(
                "objective {:.10}, {proof}; none is below {:.10} ({} sets of columns)",
                c.upper,
                c.lower,
                text::count(c.nodes)
            );
            say("certificate", text);
        }
        if let Certificate::Fit(c) = certificate {
            let gap = c.duality_gap.map_or(String::new(), |g| format!(", duality gap {g:.1e}"));
            say(
                "certificate",
                format!(
                    "objective {:.10}{gap}, residual {:.1e}, {} iterations of {} ({})",
                    c.objective,
                    c.residual,
                    c.iterations,
                    c.solver,
                    c.stop.describe()
                ),
            );
        }
    }
    say("command", training.command.clone());
    if let Some(post) = &pipeline.post {
        rule(post, pipeline, &mut say);
    }
    let limit = if args.all { usize::MAX } else { 30 };
    let tokens = top_tokens(pipeline, limit.min(1_000_000));
    if !tokens.is_empty() {
        out.push_str(&text::tokens(&tokens, limit));
        for (column, found) in token_collisions(pipeline) {
            out.push_str(&format!(
                "  {} n-grams of `{column}` are hashed into {} columns; {} share theirs with \
                 another, at most {} one column\n",
                text::count(found.terms),
                text::count(found.buckets),
                text::count(found.colliding),
                text::count(found.most),
            ));
        }
    }
    out.push_str("\nCoefficients, per unit of the column:\n");
    out.push_str(&text::coefficients(
        &coefficient_rows(pipeline),
        &score_classes(pipeline),
        pipeline.model.intercept(),
        limit,
    ));
    out
}

/// The rule after the model, in a few lines.
fn rule(post: &PostRule, pipeline: &Pipeline, say: &mut impl FnMut(&str, String)) {
    for asked in post.asked(pipeline.classes()) {
        say("rule", asked);
    }
    let own = match post {
        PostRule::BiasScoring(own) => own,
        PostRule::Decision(own) => return decision(own, pipeline, say),
        _ => return,
    };
    for condition in &own.rule.conditions {
        let Some(model) = own.rule.models.get(condition.attribute) else { continue };
        let each = model.groups.iter().zip(&condition.multiplier);
        let each: Vec<String> =
            each.map(|(group, v)| format!("`{group}` {}", text::significant(*v, 3))).collect();
        let given = match condition.given {
            None => "",
            Some(true) => ", of the favourable class",
            Some(false) => ", of the others",
        };
        say("  multipliers", format!("`{}`{given}: {}", model.attribute, each.join(", ")));
    }
    let (before, after) = (&own.fit.before, &own.fit.after);
    let gaps =
        |gaps: &[f64]| gaps.iter().map(|gap| text::percent(*gap)).collect::<Vec<_>>().join(", ");
    say(
        "  fitted on",
        format!(
            "{} rows: gaps {} to {}, accuracy {} to {}",
            text::count(own.data.rows),
            gaps(&before.gaps),
            gaps(&after.gaps),
            text::percent(before.accuracy),
            text::percent(after.accuracy)
        ),
    );
    say("  data", format!("sha256 {}", own.data.fingerprint.sha256));
    say("  command", own.command.clone());
}

/// A rule of calls, in a few lines.
fn decision(own: &DecisionPost, pipeline: &Pipeline, say: &mut impl FnMut(&str, String)) {
    say("  line", own.line(pipeline.classes(), pipeline.model.positive()));
    let (before, after) = (&own.fit.plain, &own.fit.after);
    let figures: Vec<String> = after
        .all()
        .into_iter()
        .map(|(name, now)| {
            let then = before.all().into_iter().find(|own| own.0 == name).map(|own| own.1.value);
            let shown = |v: f64| match name {
                "cost" => text::significant(v, 4),
                _ => text::percent(v),
            };
            format!("{name} {} to {}", then.map_or("-".to_owned(), shown), shown(now.value))
        })
        .collect();
    let rows = text::count(own.data.rows);
    say("  chosen on", format!("{rows} rows, {}", own.data.scores.describe()));
    say("  there", figures.join(", "));
    say("  data", format!("sha256 {}", own.data.fingerprint.sha256));
    say("  command", own.command.clone());
}

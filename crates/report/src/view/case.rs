//! The case file as a page shows it.

use linecall::audit::Value;
use linecall::audit::multiplicity::Flips;
use linecall::audit::recourse::{Change, CostKind, Firm, Flipset, Way};
use linecall::challenge::{Answer, CaseFile, Origin, Panel, RecoursePart, RivalCards};
use serde::Serialize;

use super::section::{Section, TableView, Tile, bar, signed_significant, unanswered};
use crate::Error;
use crate::number::{NONE, fine_percent, percent, setting, significant, whole};
use crate::text::shorten;

/// Longest name of a column or level.
const LONG: usize = 120;

/// Most columns in the table of what the person holds.
const MOST_VALUES: usize = 200;

/// The whole page.
#[derive(Debug, Serialize)]
pub(crate) struct CasePage {
    version: String,
    title: String,
    heading: String,
    data: String,
    summary: Vec<String>,
    tiles: Vec<Tile>,
    remarks: Vec<String>,
    sections: Vec<Section>,
    words: Vec<super::words::WordsView>,
    recourse: RecourseView,
    panel: Option<PanelView>,
    values: Vec<[String; 2]>,
    values_left_out: Option<String>,
    redacted: Option<String>,
    provenance: Vec<[String; 2]>,
}

#[derive(Debug, Default, Serialize)]
struct RecourseView {
    lines: Vec<String>,
    ways: Vec<WayView>,
    proof: Option<String>,
}

#[derive(Debug, Serialize)]
struct WayView {
    title: String,
    note: String,
    changes: Vec<ChangeView>,
    /// What the panel is to be set to, as JSON.
    settings: Option<String>,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    column: String,
    from: String,
    to: String,
    follows: bool,
}

#[derive(Debug, Serialize)]
struct PanelView {
    lines: Vec<String>,
    has_probability: bool,
    favourable: String,
    json: String,
}

/// What the panel's script reads.
#[derive(Serialize)]
struct PanelData<'p> {
    #[serde(flatten)]
    panel: &'p Panel,
    /// What it says when the wished call is reached, and when not.
    words: [String; 2],
}

impl CasePage {
    /// Everything that a case file has to say.
    pub(crate) fn new(case: &CaseFile) -> Result<Self, Error> {
        let id = case.id.as_ref().filter(|id| **id != case.row.to_string());
        let who = id.map(|id| format!(" ({})", shorten(id, 40))).unwrap_or_default();
        let heading =
            format!("Row {}{who} is called “{}”", case.row, shorten(&case.call.label, 60));
        let values: Vec<[String; 2]> = case
            .values
            .iter()
            .take(MOST_VALUES)
            .map(|own| [shorten(&own.column, LONG), shown(&own.value, own.unit.as_deref())])
            .collect();
        let left = case.values.len().saturating_sub(values.len());
        let panel = match (&case.panel, case.recourse.given()) {
            (Some(panel), Some(part)) if !panel.inputs.is_empty() => {
                Some(panel_view(panel, part, case)?)
            }
            _ => None,
        };
        Ok(Self {
            version: case.linecall.clone(),
            title: format!("Case file: row {}{who}", case.row),
            heading,
            data: format!(
                "{}, called by {}",
                shorten(&case.data, 200),
                shorten(&case.model.file, 200)
            ),
            summary: summary(case),
            tiles: tiles(case),
            remarks: case.remarks.clone(),
            sections: sections(case),
            words: super::words::views(case),
            recourse: recourse_view(case)?,
            panel,
            values_left_out: (left > 0).then(|| whole(left as u64)),
            values,
            redacted: (!case.redacted.is_empty()).then(|| case.redacted.join(", ")),
            provenance: provenance(case),
        })
    }
}

/// What cards that are as good say of the person.
fn rival_cards(rivals: &RivalCards) -> String {
    let all = if rivals.complete { "all" } else { "some of the" };
    format!(
        "Of {all} {} cards within {} of the best, {} call otherwise.",
        rivals.cards,
        fine_percent(rivals.epsilon),
        rivals.otherwise
    )
}

fn summary(case: &CaseFile) -> Vec<String> {
    let call = &case.call;
    let mut lines = Vec::new();
    if let Some(rule) = &case.rule {
        lines.push(format!("{}.", capital(&rule.text)));
    }
    if let Some(points) = &case.points {
        lines.push(points.text.clone());
        lines.extend(points.rivals.given().map(rival_cards));
    }
    match call.is_favourable {
        Some(true) => lines.push("This is the call wished for.".to_owned()),
        Some(false) => {
            let wished = in_words(case, call.favourable.as_deref().unwrap_or(""));
            lines.push(format!("This is not the call wished for, “{wished}”."));
        }
        None => {}
    }
    if let Some(part) = case.recourse.given() {
        match &part.flipset {
            Flipset::Ways { ways, .. } => {
                if let Some(best) = ways.first() {
                    let changes = best.changes.iter().filter(|c| !c.follows).map(|c| {
                        format!("`{}` from {} to {}", c.column, plain(&c.from), plain(&c.to))
                    });
                    let changes: Vec<String> = changes.collect();
                    lines.push(format!(
                        "The least that would change it: {}.",
                        changes.join(" and ")
                    ));
                }
            }
            Flipset::Impossible { .. } => lines.push(
                "Nothing that the person can change leads to the call wished for; that is proved."
                    .to_owned(),
            ),
            Flipset::AlreadyThere { .. } => {}
        }
    }
    lines
}

/// The text with its first letter in upper case.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn tiles(case: &CaseFile) -> Vec<Tile> {
    let call = &case.call;
    let tile = |name: &str, value: String, note: String| Tile {
        name: name.to_owned(),
        value,
        interval: String::new(),
        note,
    };
    let mut tiles = Vec::new();
    if let Some(p) = call.probability.get(&call.class) {
        let note = format!("of “{}”", shorten(&call.label, 60));
        let mut own = tile("Probability", percent(*p), note);
        if let Some([low, high]) = case.confidence.given().and_then(|sure| sure.probability) {
            own.interval = format!("{} to {}", percent(low), percent(high));
        }
        tiles.push(own);
    }
    if let [score] = call.score.as_slice() {
        let note = match &case.rule {
            None => "the call turns at 0".to_owned(),
            Some(rule) => match rule.threshold {
                Some(above) => format!("the call turns at {}", significant(above)),
                None => "the model's own call turns at 0".to_owned(),
            },
        };
        tiles.push(tile("Score", significant(*score), note));
    }
    if let Some(part) = case.multiplicity.given() {
        let value = match part.range.flips {
            Flips::Yes => "yes",
            Flips::No => "no",
            Flips::Undecided => "too near",
        };
        let note = format!("among those within {} of the best", fine_percent(part.epsilon));
        tiles.push(tile("Would a rival disagree", value.to_owned(), note));
    }
    if let Some(part) = case.recourse.given() {
        let (value, note) = match &part.flipset {
            Flipset::AlreadyThere { .. } => ("none needed".to_owned(), String::new()),
            Flipset::Impossible { .. } => ("none exists".to_owned(), "proved".to_owned()),
            Flipset::Ways { ways, .. } => match ways.first() {
                Some(way) => {
                    let n = way.changes.iter().filter(|c| !c.follows).count();
                    let note = format!("cost {}", significant(way.cost));
                    (format!("{n} change{}", if n == 1 { "" } else { "s" }), note)
                }
                None => (NONE.to_owned(), "the search was cut off".to_owned()),
            },
        };
        tiles.push(tile("Least way to the wished call", value, note));
    }
    tiles
}

/// All questions but that for recourse, in order.
fn sections(case: &CaseFile) -> Vec<Section> {
    vec![why(case), multiplicity(case), novelty(case), influence(case), group(case)]
}

/// Most bars that are drawn.
const MOST_BARS: usize = 15;

fn why(case: &CaseFile) -> Section {
    let (id, title, position) = ("why", "Why this call", "before");
    let parts = match &case.contributions {
        Answer::Given(parts) => parts,
        Answer::Unavailable { unavailable } => return unanswered(id, title, position, unavailable),
    };
    // Of several scores, that of the class called.
    let called = parts.iter().find(|part| part.class == case.call.class).or(parts.first());
    let Some(part) = called else { return unanswered(id, title, position, "there is no score") };
    let mut section = Section { id, title: title.to_owned(), position, ..Section::default() };
    section.lines.push(format!(
        "The score of “{}” is {}; that of the {} is {}. The columns below add the difference, {}.",
        shorten(in_words(case, &part.class), 60),
        significant(part.score),
        part.background,
        significant(part.background_score),
        signed_significant(part.difference)
    ));
    let mut own: Vec<(String, String, f64)> = part
        .columns
        .iter()
        .take(MOST_BARS)
        .map(|c| (shorten(&c.column, LONG), shorten(&c.value, 60), c.contribution))
        .collect();
    let listed = own.len();
    let rest: f64 =
        part.columns.iter().skip(listed).map(|c| c.contribution).sum::<f64>() + part.others;
    let left = part.columns.len() - listed + part.others_count as usize;
    if left > 0 {
        own.push((format!("{left} other columns"), String::new(), rest));
    }
    let largest = own.iter().map(|(.., v)| v.abs()).fold(1e-300, f64::max);
    section.bars = own.into_iter().map(|(name, note, v)| bar(name, note, v, largest)).collect();
    let against = case.model.classes.iter().find(|class| **class != part.class);
    let against = match (parts.len(), against) {
        (1, Some(other)) => in_words(case, other).to_owned(),
        _ => format!("not {}", part.class),
    };
    section.towards = Some([shorten(&against, 60), shorten(in_words(case, &part.class), 60)]);
    section.hints.push(
        "A bar is the coefficient times the distance from the background; they sum to the difference \
         exactly."
            .to_owned(),
    );
    section
}

fn multiplicity(case: &CaseFile) -> Section {
    let (id, title) = ("multiplicity", "Would an equally good model have called otherwise?");
    let position = "after";
    let part = match &case.multiplicity {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => return unanswered(id, title, position, unavailable),
    };
    let mut section = Section { id, title: title.to_owned(), position, ..Section::default() };
    let within = format!(
        "models whose training objective is within {} of the best",
        fine_percent(part.epsilon)
    );
    let range = &part.range;
    let ends = format!("{} to {}", significant(range.low.reached), significant(range.high.reached));
    let verdict = match range.flips {
        Flips::Yes => {
            format!("Yes. Among the {within}, scores go from {ends}, and one calls otherwise.")
        }
        Flips::No => {
            format!("No, proved. Among all {within}, scores go from {ends}: the same call.")
        }
        Flips::Undecided => {
            format!("Too near to tell. Among the {within}, scores go from {ends}.")
        }
    };
    section.lines.push(verdict);
    if let Some((low, high)) = range.probability {
        let (low, high) = (percent(low), percent(high));
        section.lines.push(format!("Their probabilities go from {low} to {high}."));
    }
    match &part.firm_recourse {
        Some(Answer::Given(Firm::Way { way, models })) => {
            section.lines.push(format!(
                "The cheapest change that all of them accept costs {}:",
                significant(way.cost)
            ));
            let rows = way.changes.iter().map(|change| {
                let to = shown(&change.to, change.unit.as_deref());
                vec![shorten(&change.column, LONG), shown(&change.from, None), to]
            });
            section.tables.push(TableView::new(&["Change", "From", "To"], rows.collect()));
            section.hints.push(format!(
                "Even the model of the set that speaks most against the changed row accepts it, and {} \
                 of them together accept nothing cheaper.",
                whole(*models)
            ));
        }
        Some(Answer::Given(Firm::Impossible { models })) => section.lines.push(format!(
            "No change is accepted by all of them, proved: {} of them accept none together.",
            whole(*models)
        )),
        Some(Answer::Given(Firm::Open { lower, .. })) => section.lines.push(format!(
            "A change that all of them accept costs at least {}; the search was cut off.",
            significant(*lower)
        )),
        Some(Answer::Unavailable { unavailable }) => {
            section.hints.push(format!("A change that all accept: not answered: {unavailable}."));
        }
        None => {}
    }
    section
}

fn novelty(case: &CaseFile) -> Section {
    let (id, title, position) = ("novelty", "Is this case like the ones it learnt from?", "after");
    let verdict = match &case.novelty {
        Answer::Given(verdict) => verdict,
        Answer::Unavailable { unavailable } => return unanswered(id, title, position, unavailable),
    };
    let mut section = Section { id, title: title.to_owned(), position, ..Section::default() };
    let share = percent(verdict.p_value);
    section.lines.push(if verdict.novel {
        format!(
            "No: only {share} of the rows it is held against are as far from the rest. Of cases like \
             those, at most {} would be called novel by mistake.",
            percent(verdict.rate)
        )
    } else {
        format!("Yes: {share} of the rows it is held against are as far from the rest, or further.")
    });
    section.lines.extend(verdict.warnings.iter().map(|warning| format!("{warning}.")));
    if verdict.novel && !verdict.columns.is_empty() {
        let rows = verdict
            .columns
            .iter()
            .map(|c| vec![shorten(&c.column, LONG), shorten(&c.value, 60), significant(c.distance)])
            .collect();
        section.tables.push(TableView::new(&["Column", "Holds", "Adds to the distance"], rows));
    }
    section.hints.push(format!(
        "Distance: {}; calibrated on rows that had no part in the fit of the distance.",
        verdict.method.name().replace('_', " ")
    ));
    section
}

fn influence(case: &CaseFile) -> Section {
    let (id, title, position) = ("influence", "Which training rows it has that from", "after");
    let all = match &case.influence {
        Answer::Given(all) => all,
        Answer::Unavailable { unavailable } => return unanswered(id, title, position, unavailable),
    };
    let own = all.iter().find(|one| one.class == case.call.class).or(all.first());
    let Some(own) = own else { return unanswered(id, title, position, "there is no score") };
    let mut section = Section { id, title: title.to_owned(), position, ..Section::default() };
    section.lines.push(match own.decisive {
        Some(true) => "Without the first of these rows alone the call would be another.".to_owned(),
        _ => "These rows moved the score most; no one of them decides the call.".to_owned(),
    });
    let rows = own
        .rows
        .iter()
        .map(|row| {
            let change = signed_significant(row.change);
            vec![whole(row.row), shorten(&row.classes.join(", "), 60), change]
        })
        .collect();
    section
        .tables
        .push(TableView::new(&["Training row", "Class", "Change of the score without it"], rows));
    section
        .hints
        .push(
            "How the score would change if the model were fitted without the row; of a penalised loss, \
             as one Newton step from the model tells it."
                .to_owned(),
        );
    section
}

fn group(case: &CaseFile) -> Section {
    let (id, title, position) = ("group", "The group in context", "after");
    let part = match &case.group {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => return unanswered(id, title, position, unavailable),
    };
    let mut section = Section { id, title: title.to_owned(), position, ..Section::default() };
    section.lines.push(format!(
        "`{}` is `{}`, as in {} of the rows it is held against.",
        part.column,
        part.own.group,
        whole(part.own.rows)
    ));
    let mut rows = Vec::new();
    let own = &part.own;
    for (name, rate) in [
        ("called as wished", own.favourable),
        ("called as wished, of those who are", own.true_positive_rate),
        ("called as wished, of those who are not", own.false_positive_rate),
        ("called right", own.accuracy),
    ] {
        if let Some(rate) = rate {
            let (value, low, high) = (rate.value, rate.low, rate.high);
            let interval = format!("{} to {}", percent(low), percent(high));
            rows.push(vec![name.to_owned(), percent(value), interval]);
        }
    }
    section.tables.push(TableView::new(&["Share", "In this group", "95% interval"], rows));
    if let Some(gap) = &part.demographic_parity {
        section.hints.push(format!(
            "The share called as wished differs most between `{}` and `{}`: by {} ({} to {}).",
            gap.highest,
            gap.lowest,
            percent(gap.value),
            percent(gap.low),
            percent(gap.high)
        ));
    }
    section.hints.extend(part.warnings.iter().cloned());
    section
}

fn recourse_view(case: &CaseFile) -> Result<RecourseView, Error> {
    let part = match &case.recourse {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => {
            let lines = vec![format!("Not answered: {unavailable}.")];
            return Ok(RecourseView { lines, ..RecourseView::default() });
        }
    };
    let mut view = RecourseView::default();
    let wished = in_words(case, &part.favourable);
    let what = if case.reference_origin == Origin::Training { "training rows" } else { "rows" };
    let rows = whole(part.reference_rows);
    let cost = match part.cost {
        CostKind::Total => "the sum of the shifts of percentile",
        CostKind::Max => "the largest shift of percentile",
        CostKind::Log => "the sum of the log shifts of percentile",
    };
    let measured = format!("The cost of a way is {cost} among the {rows} {what}.");
    match &part.flipset {
        Flipset::AlreadyThere { .. } => {
            view.lines.push(match part.probability {
                None => format!("Nothing needs to change: it is the call wished for, “{wished}”."),
                Some(p) => format!(
                    "Nothing needs to change: the probability of “{wished}” is {} or more, as asked.",
                    fine_percent(p)
                ),
            });
        }
        Flipset::Impossible { reach, short, nearest, .. } => {
            let best = reach.zip(*short).map_or(String::new(), |(reach, short)| {
                format!(
                    " Whatever they move, the score reaches {} at best: {} short.",
                    significant(reach),
                    significant(short)
                )
            });
            view.lines
                .push(format!("Nothing that the person can change leads to “{wished}”.{best}"));
            if !nearest.is_empty() {
                let changes = nearest.iter().map(change_view).collect();
                let (title, note) = ("What comes nearest".to_owned(), String::new());
                view.ways.push(WayView { title, note, changes, settings: None });
            }
            view.proof = Some(if reach.is_none() {
                "A mixed-integer program over all that the rules allow proved that there is no way."
                    .to_owned()
            } else {
                "The score adds up over columns, so the largest sum is that of each column's best \
                 value: that it falls short proves that no combination is enough."
                    .to_owned()
            });
        }
        Flipset::Ways { ways, complete, stopped, .. } => {
            for (i, way) in ways.iter().enumerate() {
                view.ways.push(way_view(i, way, part, case.panel.as_ref(), wished)?);
            }
            let list = match (complete, stopped) {
                (true, _) => "These are all ways: no other choice of columns leads to the call.",
                (_, true) => "The search was cut off here; what is listed is in order.",
                _ => "More ways exist; none is cheaper than these.",
            };
            view.proof =
                Some(format!("{list} Each is the cheapest for its columns, proved. {measured}"));
        }
    }
    if !part.rules.is_empty() {
        let rules: Vec<String> = part.rules.iter().map(|rule| format!("`{rule}`")).collect();
        let rule = if rules.len() == 1 { "rule" } else { "rules" };
        view.lines.push(format!("Changes keep to the {rule} {}.", rules.join(", ")));
    }
    Ok(view)
}

fn way_view(
    i: usize,
    way: &Way,
    part: &RecoursePart,
    panel: Option<&Panel>,
    wished: &str,
) -> Result<WayView, Error> {
    let mut note = format!("cost {}", significant(way.cost));
    if let Some(p) = way.probability {
        note.push_str(&format!(", probability of “{}” {}", shorten(wished, 60), percent(p)));
    }
    if part.drift > 0.0 {
        note.push_str(&format!(", holds when coefficients drift by {}", percent(part.drift)));
    }
    let changes = way.changes.iter().map(change_view).collect();
    let settings = panel.and_then(|panel| settings(&way.changes, panel));
    let settings = settings.map(|settings| json(&settings)).transpose()?;
    Ok(WayView { title: format!("Way {}", i + 1), note, changes, settings })
}

/// What the panel is to be set to, by the places of its inputs; `None` where it lacks one.
fn settings<'w>(changes: &'w [Change], panel: &Panel) -> Option<Vec<(usize, &'w Value)>> {
    let own = changes.iter().filter(|change| !change.follows);
    let place = |change: &'w Change| {
        let at = panel.inputs.iter().position(|input| input.column == change.column);
        at.map(|at| (at, &change.to))
    };
    own.map(place).collect()
}

fn change_view(change: &Change) -> ChangeView {
    let unit = change.unit.as_deref();
    ChangeView {
        column: shorten(&change.column, LONG),
        from: shown(&change.from, None),
        to: shown(&change.to, unit),
        follows: change.follows,
    }
}

fn panel_view(panel: &Panel, part: &RecoursePart, case: &CaseFile) -> Result<PanelView, Error> {
    let mut others = case.model.classes.iter().filter(|class| **class != part.favourable);
    let other = others.next().cloned().unwrap_or_default();
    let wished = in_words(case, &part.favourable);
    let words = match part.probability {
        Some(_) => [format!("as asked: {wished}"), "not as asked".to_owned()],
        None => [wished.to_owned(), in_words(case, &other).to_owned()],
    };
    let mut lines = Vec::new();
    if let Some(p) = part.probability {
        lines.push(format!("Asked for is a probability of at least {}.", percent(p)));
    }
    if part.drift > 0.0 {
        lines.push(format!(
            "The call must hold out when each coefficient drifts by {} of itself; the distance is \
             counted in the worst case.",
            percent(part.drift)
        ));
    }
    if panel.left_out > 0 {
        let left = whole(panel.left_out);
        lines.push(format!("{left} more columns may change; those here move the score most."));
    }
    let kept_out = "it tests a column that is kept out of this file";
    lines.extend(panel.unchecked.iter().map(|r| format!("Not checked here: `{r}`; {kept_out}.")));
    Ok(PanelView {
        lines,
        has_probability: panel.probability.is_some(),
        favourable: wished.to_owned(),
        // A tag inside a name must not end the element that holds the data.
        json: json(&PanelData { panel, words })?.replace('<', "\\u003c"),
    })
}

/// A class in the schema's words.
fn in_words<'c>(case: &'c CaseFile, class: &'c str) -> &'c str {
    case.model.labels.get(class).map_or(class, String::as_str)
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    Ok(serde_json::to_string(value)?)
}

/// A value with its unit.
fn shown(value: &Value, unit: Option<&str>) -> String {
    match (value, unit) {
        (Value::Number(_), Some(unit)) => format!("{} {unit}", plain(value)),
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Number(number) => setting(*number),
        Value::Level(level) => shorten(level, LONG),
        Value::Missing(()) => "(missing)".to_owned(),
    }
}

fn provenance(case: &CaseFile) -> Vec<[String; 2]> {
    let item = |name: &str, value: String| [name.to_owned(), value];
    let reference = match case.reference_origin {
        Origin::Training => "the training data",
        Origin::Given => "given with the question",
        Origin::Data => "the data that hold the row",
        Origin::Case => "the row itself alone",
    };
    vec![
        item("Model", case.model.file.clone()),
        item("SHA-256", case.model.sha256.clone()),
        item("Trained on", format!("{} rows", whole(case.model.trained_rows))),
        item("Data", case.data.clone()),
        item("Held against", format!("{}: {reference}", case.reference)),
        item("Made by", format!("linecall {}", case.linecall)),
    ]
}

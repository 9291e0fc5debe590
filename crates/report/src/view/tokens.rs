//! The words of a text model: which speak most for and against each class.

use linecall::outcome::FitOutcome;
use linecall::{Token, TopTokens};
use serde::Serialize;

use super::ClassName;
use crate::number::whole;
use crate::palette::Palette;

/// N-grams that are shown of each class and side.
const SHOWN: usize = 30;
/// Classes that are shown of a text column.
const CLASSES: usize = 40;

/// The words of a text column.
#[derive(Debug, Serialize)]
pub(crate) struct TokensView {
    column: String,
    intro: String,
    classes: Vec<ClassTokens>,
    left_out: usize,
}

#[derive(Debug, Serialize)]
struct ClassTokens {
    class: ClassName,
    speak_for: Vec<TokenView>,
    against: Vec<TokenView>,
}

#[derive(Debug, Serialize)]
struct TokenView {
    token: String,
    coef: String,
    /// Share of the largest coefficient shown, in percent: how strongly it is coloured.
    strength: u32,
    title: String,
}

/// The text columns of a model.
pub(super) fn views(outcome: &FitOutcome, palette: &Palette) -> Vec<TokensView> {
    let mut views: Vec<TokensView> = Vec::new();
    for own in &outcome.tokens {
        match views.last_mut().filter(|view| view.column == own.column) {
            Some(view) if view.classes.len() == CLASSES => view.left_out += 1,
            Some(view) => view.classes.push(class(own, palette)),
            None => views.push(TokensView {
                column: own.column.clone(),
                intro: intro(own),
                classes: vec![class(own, palette)],
                left_out: 0,
            }),
        }
    }
    views
}

fn intro(own: &TopTokens) -> String {
    format!(
        "The model knows {} n-grams of this text. Those that speak most for and against each class; a \
         coefficient is per unit of the weight that the n-gram has in a text.",
        whole(own.terms)
    )
}

fn class(own: &TopTokens, palette: &Palette) -> ClassTokens {
    let all = own.speak_for.iter().chain(&own.against);
    let top = all.fold(0.0, |top: f64, token| top.max(token.coef.abs()));
    let view = |tokens: &[Token]| tokens.iter().take(SHOWN).map(|t| token(t, top)).collect();
    ClassTokens {
        class: ClassName::new(&own.class, palette),
        speak_for: view(&own.speak_for),
        against: view(&own.against),
    }
}

fn token(own: &Token, top: f64) -> TokenView {
    let mut title = format!("in {} training texts", whole(own.texts));
    if !own.shared_with.is_empty() {
        title += &format!("; shares its column with {}", own.shared_with.join(", "));
    }
    TokenView {
        token: own.token.clone(),
        coef: format!("{:+.2}", own.coef),
        strength: (100.0 * own.coef.abs() / top.max(f64::MIN_POSITIVE)).round() as u32,
        title,
    }
}

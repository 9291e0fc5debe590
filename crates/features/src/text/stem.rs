//! Stems and stop words, from the lists and rules of well-kept libraries.

use std::borrow::Cow;
use std::collections::HashSet;

use linecall_data::{Error, ErrorKind};
use rust_stemmers::{Algorithm, Stemmer};

use crate::Result;

/// Reduces words to their stems by the Snowball rules of a language.
pub(super) struct Stems(Stemmer);

/// The languages whose words can be reduced to stems.
const STEMS: [(&str, Algorithm); 18] = [
    ("arabic", Algorithm::Arabic),
    ("danish", Algorithm::Danish),
    ("dutch", Algorithm::Dutch),
    ("english", Algorithm::English),
    ("finnish", Algorithm::Finnish),
    ("french", Algorithm::French),
    ("german", Algorithm::German),
    ("greek", Algorithm::Greek),
    ("hungarian", Algorithm::Hungarian),
    ("italian", Algorithm::Italian),
    ("norwegian", Algorithm::Norwegian),
    ("portuguese", Algorithm::Portuguese),
    ("romanian", Algorithm::Romanian),
    ("russian", Algorithm::Russian),
    ("spanish", Algorithm::Spanish),
    ("swedish", Algorithm::Swedish),
    ("tamil", Algorithm::Tamil),
    ("turkish", Algorithm::Turkish),
];

impl Stems {
    pub(super) fn of(language: &str) -> Result<Self> {
        let found = STEMS.iter().find(|(name, _)| *name == language);
        let Some((_, algorithm)) = found else {
            let names: Vec<&str> = STEMS.iter().map(|(name, _)| *name).collect();
            return Err(unknown("stem", language, &names));
        };
        Ok(Self(Stemmer::create(*algorithm)))
    }

    pub(super) fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        self.0.stem(word)
    }
}

/// The languages that there are lists of stop words for.
const STOPS: [(&str, &str); 16] = [
    ("arabic", "ar"),
    ("danish", "da"),
    ("dutch", "nl"),
    ("english", "en"),
    ("finnish", "fi"),
    ("french", "fr"),
    ("german", "de"),
    ("greek", "el"),
    ("hungarian", "hu"),
    ("italian", "it"),
    ("norwegian", "no"),
    ("portuguese", "pt"),
    ("russian", "ru"),
    ("spanish", "es"),
    ("swedish", "sv"),
    ("turkish", "tr"),
];

/// The commonest words of a language.
pub(super) fn stop_words(language: &str) -> Result<HashSet<&'static str>> {
    match STOPS.iter().find(|(name, _)| *name == language) {
        Some((_, code)) => {
            Ok(::stop_words::lookup(code).unwrap_or_default().iter().copied().collect())
        }
        None => {
            let names: Vec<&str> = STOPS.iter().map(|(name, _)| *name).collect();
            Err(unknown("stop_words", language, &names))
        }
    }
}

fn unknown(setting: &str, language: &str, names: &[&str]) -> Error {
    Error::new(ErrorKind::Schema, format!("`text`: `{setting}` is no language that is known"))
        .value(language)
        .mend(format!("choose among {}", names.join(", ")))
}

//! Learning a vocabulary: n-grams counted in parallel, each part of the texts by itself, then put
//! together.
//!
//! Parts are runs of rows. Each part numbers its own words and n-grams, so that threads share
//! nothing; the numbers are then translated into common ones, length by length: a node of the tree
//! by the common number of its parent and its last symbol. Numbers never show: columns are in the
//! order of the n-grams' characters, and counts are sums of whole numbers, so that nothing depends
//! on how many parts there are.
//!
//! Cost: one pass over the texts, and one look-up for each n-gram that is different within its part.

use linecall_data::{Analyzer, Cells, Error, ErrorKind, TextSettings};
use rayon::prelude::*;

use super::cut::{Cutter, Symbols};
use super::grams::{Level, NONE, each_start};
use super::vocabulary::{Entry, Vocabulary};
use super::words::Interner;
use crate::Result;

/// Parts for each thread: more give evener work, fewer have less to put together.
const PARTS: usize = 2;

/// What is known of the n-grams of one length.
#[derive(Debug, Default)]
struct Tally {
    level: Level,
    /// Texts that hold each.
    df: Vec<u32>,
    /// How often each occurs.
    count: Vec<u64>,
    /// The last text that held each, from 1.
    last: Vec<u32>,
}

impl Tally {
    fn see(&mut self, node: u32, text: u32) {
        let node = node as usize;
        if self.df.len() <= node {
            self.df.resize(node + 1, 0);
            self.count.resize(node + 1, 0);
            self.last.resize(node + 1, 0);
        }
        if let (Some(df), Some(count), Some(last)) =
            (self.df.get_mut(node), self.count.get_mut(node), self.last.get_mut(node))
        {
            *count += 1;
            if *last != text {
                *last = text;
                *df += 1;
            }
        }
    }
}

/// What is counted of some texts.
#[derive(Debug, Default)]
struct Counted {
    words: Interner,
    /// By length, from 1.
    tallies: Vec<Tally>,
}

/// The n-grams of a column of texts that settings keep.
pub(super) fn vocabulary(cutter: &Cutter, cells: &Cells) -> Result<Vocabulary> {
    let settings = cutter.settings();
    let rows = cells.len();
    let parts = (PARTS * rayon::current_num_threads()).clamp(1, rows.max(1));
    let size = rows.div_ceil(parts).max(1);
    let counted: Vec<Counted> = (0..rows.div_ceil(size))
        .into_par_iter()
        .map(|part| count(cutter, cells, part * size..rows.min((part + 1) * size)))
        .collect();
    let all = together(counted, settings.analyzer == Analyzer::Word)?;
    let kept = keep(&all, settings, rows as u64);
    if kept.is_empty() {
        let nothing = all.tallies.iter().all(|tally| tally.df.is_empty());
        let (problem, mend) = match nothing {
            true => ("its texts hold no n-gram", "set the column's role to `ignored`"),
            false => {
                ("no n-gram is in as many texts as asked for", "lower `min_df` or raise `max_df`")
            }
        };
        return Err(Error::new(ErrorKind::Empty, problem).mend(mend));
    }
    Vocabulary::new(settings.analyzer, kept)
}

/// Counts the n-grams of some rows.
fn count(cutter: &Cutter, cells: &Cells, rows: std::ops::Range<usize>) -> Counted {
    let settings = cutter.settings();
    let [low, high] = settings.ngram_range;
    let is_word = settings.analyzer == Analyzer::Word;
    let whole = settings.analyzer == Analyzer::CharWb;
    let mut out = Counted::default();
    out.tallies.resize_with(high as usize, Tally::default);
    let mut symbols = Symbols::default();
    for (row, text) in rows.enumerate() {
        let cell = cells.raw(text);
        let words = &mut out.words;
        cutter.cut(&cell, &mut |word| words.intern(word), &mut symbols);
        let tallies = &mut out.tallies;
        for run in symbols.runs() {
            each_start(run.len(), [low, high], whole, |start, low, high| {
                let mut node = 0;
                let own = run.get(start..start + high).unwrap_or_default();
                for (at, (&symbol, tally)) in own.iter().zip(tallies.iter_mut()).enumerate() {
                    node = match (at, is_word) {
                        (0, true) => symbol,
                        _ => tally.level.intern(node, symbol),
                    };
                    if at + 1 >= low {
                        tally.see(node, row as u32 + 1);
                    }
                }
            });
        }
    }
    out
}

/// The counts of all parts, in common numbers.
fn together(parts: Vec<Counted>, is_word: bool) -> Result<Counted> {
    let full = || {
        Error::new(ErrorKind::Limit, "its different words take more than 4 GiB")
            .mend("set `hash_bits`")
    };
    if parts.iter().any(|part| part.words.is_full()) {
        return Err(full());
    }
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    for part in parts {
        let words: Vec<u32> = part.words.iter().map(|word| all.words.intern(word)).collect();
        if all.words.is_full() {
            return Err(full());
        }
        // The common numbers of the nodes one symbol shorter.
        let mut parents: Vec<u32> = Vec::new();
        for (at, (own, tally)) in part.tallies.into_iter().zip(&mut all.tallies).enumerate() {
            let nodes: Vec<u32> = match (at, is_word) {
                (0, true) => words.clone(),
                _ => {
                    tally.level.reserve(own.level.len() / 2);
                    let common = |of: &[u32], id: u32| of.get(id as usize).copied().unwrap_or(NONE);
                    let keys = own.level.keys();
                    let symbol = |id: u32| if is_word { common(&words, id) } else { id };
                    let parent = |id: u32| if at == 0 { 0 } else { common(&parents, id) };
                    let key = |(of, id): (u32, u32)| (parent(of), symbol(id));
                    let intern = |own| {
                        let (parent, symbol) = key(own);
                        tally.level.intern(parent, symbol)
                    };
                    keys.into_iter().map(intern).collect()
                }
            };
            let size = nodes.iter().map(|node| *node as usize + 1).max().unwrap_or(0);
            if tally.df.len() < size {
                tally.df.resize(size, 0);
                tally.count.resize(size, 0);
            }
            for ((node, df), count) in nodes.iter().zip(&own.df).zip(&own.count) {
                let node = *node as usize;
                if let (Some(all_df), Some(all)) =
                    (tally.df.get_mut(node), tally.count.get_mut(node))
                {
                    *all_df += df;
                    *all += count;
                }
            }
            parents = nodes;
        }
    }
    Ok(all)
}

/// The n-grams within the bounds, of `max_features` the most frequent (of equals those that come
/// first in the order of characters).
fn keep(all: &Counted, settings: &TextSettings, texts: u64) -> Vec<Entry> {
    let least = settings.min_df.of(texts);
    let most = settings.max_df.of(texts);
    let within = |df: u32| df > 0 && f64::from(df) >= least && f64::from(df) <= most;
    let keys: Vec<Vec<(u32, u32)>> = all.tallies.iter().map(|tally| tally.level.keys()).collect();
    let is_word = settings.analyzer == Analyzer::Word;
    let term = |length: usize, node: u32| -> String {
        let mut symbols = vec![0; length];
        let mut at = node;
        for (length, symbol) in symbols.iter_mut().enumerate().rev() {
            if is_word && length == 0 {
                *symbol = at;
                continue;
            }
            let level = keys.get(length).and_then(|level| level.get(at as usize));
            let (parent, own) = level.copied().unwrap_or((NONE, NONE));
            (*symbol, at) = (own, parent);
        }
        if !is_word {
            return symbols.into_iter().filter_map(char::from_u32).collect();
        }
        let mut text = String::new();
        for (at, symbol) in symbols.into_iter().enumerate() {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(all.words.get(symbol));
        }
        text
    };
    let mut kept: Vec<(usize, u32)> = Vec::new();
    for (at, tally) in all.tallies.iter().enumerate() {
        let own = (0..).zip(&tally.df).filter(|(_, df)| within(**df)).map(|(node, _)| node);
        kept.extend(own.map(|node| (at, node)));
    }
    let df = |&(at, node): &(usize, u32)| {
        all.tallies.get(at).and_then(|tally| tally.df.get(node as usize)).map_or(0, |df| *df)
    };
    let entry = |own: &(usize, u32)| Entry { term: term(own.0 + 1, own.1), df: df(own).into() };
    let Some(limit) = settings.max_features.map(|limit| limit as usize) else {
        return kept.par_iter().map(entry).collect();
    };
    let count = |&(at, node): &(usize, u32)| {
        all.tallies.get(at).and_then(|tally| tally.count.get(node as usize)).map_or(0, |n| *n)
    };
    let mut ranked: Vec<(u64, Entry)> =
        kept.par_iter().map(|own| (count(own), entry(own))).collect();
    ranked.par_sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.term.cmp(&b.1.term)));
    ranked.truncate(limit);
    ranked.into_iter().map(|(_, entry)| entry).collect()
}

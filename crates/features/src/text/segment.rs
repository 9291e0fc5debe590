//! Words in running text where spaces do not divide them, by maintained libraries.

use std::ops::Range;
use std::sync::OnceLock;

use linecall_data::Segmenter;
use unicode_segmentation::UnicodeSegmentation;

/// Divides runs of letters into words.
pub(super) enum Words {
    /// As they are.
    Whole,
    /// Chinese.
    Jieba(&'static jieba_rs::Jieba),
    /// Runs of one script.
    Script,
    /// By the boundaries of UAX #29.
    Unicode,
}

impl Words {
    pub(super) fn new(segmenter: Segmenter) -> Self {
        // The dictionary takes a while to read: once for all.
        static JIEBA: OnceLock<jieba_rs::Jieba> = OnceLock::new();
        match segmenter {
            Segmenter::None => Self::Whole,
            Segmenter::Jieba => Self::Jieba(JIEBA.get_or_init(jieba_rs::Jieba::new)),
            Segmenter::Script => Self::Script,
            Segmenter::Unicode => Self::Unicode,
        }
    }

    /// The places of the words of a run of letters, in order, end to end.
    pub(super) fn each(&self, run: &str, see: &mut dyn FnMut(Range<usize>)) {
        let mut at = 0;
        let mut tell = |length: usize| {
            see(at..at + length);
            at += length;
        };
        match self {
            Self::Whole => tell(run.len()),
            Self::Jieba(jieba) => {
                jieba.cut(run, true).iter().for_each(|word| tell(word.word.len()))
            }
            Self::Script => {
                let mut length = 0;
                let mut before = None;
                for c in run.chars() {
                    // The mark of a long vowel goes on with what is before it.
                    let own = if c == 'ー' { before } else { Some(script(c)) };
                    if length > 0 && own != before {
                        tell(length);
                        length = 0;
                    }
                    (length, before) = (length + c.len_utf8(), own);
                }
                tell(length);
            }
            Self::Unicode => run.split_word_bounds().for_each(|word| tell(word.len())),
        }
    }
}

/// The words of a text by the boundaries of UAX #29, in small letters, and where they stand.
pub(super) fn unicode_words(text: &str) -> Vec<(String, Range<usize>)> {
    text.unicode_word_indices()
        .map(|(at, word)| (word.to_lowercase(), at..at + word.len()))
        .collect()
}

/// The script of a letter, as far as words are told apart by it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Han,
    Hiragana,
    Katakana,
    Hangul,
    Other,
}

fn script(c: char) -> Script {
    match u32::from(c) {
        0x3041..=0x309f => Script::Hiragana,
        0x30a0..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f => Script::Katakana,
        0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7af => Script::Hangul,
        0x2e80..=0x2fdf
        | 0x3005
        | 0x3007
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xf900..=0xfaff
        | 0x20000..=0x3ffff => Script::Han,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(segmenter: Segmenter, run: &str) -> Vec<&str> {
        let mut found = Vec::new();
        Words::new(segmenter).each(run, &mut |range| found.push(&run[range]));
        found
    }

    #[test]
    fn words_of_four_scripts() {
        assert_eq!(
            words(Segmenter::Jieba, "我来到北京清华大学"),
            ["我", "来到", "北京", "清华大学"]
        );
        assert_eq!(
            words(Segmenter::Script, "私の名前はスーパーです"),
            ["私", "の", "名前", "は", "スーパー", "です"]
        );
        assert_eq!(words(Segmenter::Script, "ABCホテル"), ["ABC", "ホテル"]);
        assert_eq!(words(Segmenter::Unicode, "한국어文"), ["한국어", "文"]);
        assert_eq!(words(Segmenter::None, "abc"), ["abc"]);
    }
}

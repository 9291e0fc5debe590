//! Error-correcting output codes: more than two classes told apart by binary learners, some of which
//! may be wrong.
//!
//! Each class has a word of `n` bits ([`Words`]); learner `j` is trained to tell the classes whose
//! word has a 1 at `j` from the others. All are trained at once, as the labels of rows that carry sets
//! of labels are, at one strength of the penalty. With `M` the words as -1 and 1 and `B` the
//! learners, the class scores `M (B x + b) / 2` are linear in `x`, so the result is the ordinary
//! [`LinearModel`](crate::LinearModel) with `coef = M B / 2`, its probabilities calibrated by one
//! temperature on rows that the learners did not see.
//!
//! Dietterich & Bakiri, "Solving multiclass learning problems via error-correcting output codes"
//! (JAIR, 1995); Allwein, Schapire & Singer, "Reducing multiclass to binary: a unifying approach for
//! margin classifiers" (JMLR, 2000), whose decoding by a linear loss this is. Where bits are log odds
//! it is also the decoding of greatest likelihood of independent bits: a word's log likelihood is
//! half the sum of its signs times log odds, and a term that all words share.
//!
//! What is proved is a [`CodeCertificate`](linecall_data::CodeCertificate): any two words are
//! `d` bits apart, so the nearest word is right whenever at most `t = floor((d - 1) / 2)` bits are
//! wrong; and that no words are farther apart than a bound. What is measured stands beside it: how
//! often each learner is wrong on rows that it did not see, and how far learners are wrong together,
//! for `d` helps little where they are.
//!
//! - [`CodePlan`]: the words, the loss and the penalty; [`CodePlan::fit`].
//! - [`Decoding`]: by Hamming distance, by the linear loss, by likelihood, row by row.
//! - [`Spectrum`]: likelihoods of all `2^k` words at once, by the fast Walsh-Hadamard transform.
//!
//! Cost: that of `n` binary fits that share their passes.
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::ecoc::CodePlan;
//! use linecall_linear::{Loss, Penalty, Plan};
//!
//! let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 2), f64::from(i / 2 % 2)]).collect();
//! let y = (0..40).map(|i| ["a", "b", "c", "d"][i % 4]);
//! let data = Dataset::new(Design::from_rows(&rows, &["u", "v"])?, Labels::from_names(y))?;
//! let plan = CodePlan::new(Plan::new(Loss::Logistic, Penalty::l2(0.01)));
//! let fit = plan.fit(&data)?;
//! // Four classes have seven learners at most, one of which may be wrong.
//! assert_eq!((fit.words.length(), fit.words.distance(), fit.words.corrects()), (7, 4, 1));
//! assert_eq!(fit.model.n_scores(), 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decode;
mod measure;
mod plan;
mod spectrum;
mod words;

pub use decode::Decoding;
pub use measure::measure;
pub use plan::{CodeFit, CodePlan, CodeSettings, Recomputed, certify};
pub use spectrum::Spectrum;
pub use words::Words;

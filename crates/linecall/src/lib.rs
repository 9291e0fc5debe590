//! The facade of linecall: linear classification whose every call you can challenge.
//!
//! [`fit`] turns a file into a [`Pipeline`] (front end, linear model, certificates) and a
//! [`FitOutcome`] (metrics, coefficients, tuning, remarks). [`mod@file`] writes a pipeline to a model
//! file and reads it back; [`predict`] and [`evaluate`] apply it to other files.
//!
//! ```no_run
//! use linecall::{CallFormat, FitOptions, Pipeline, Silent, fit, predict};
//!
//! let mut options = FitOptions::default();
//! options.infer.target = Some("repaid".to_owned());
//! let fitted = fit("loans.csv", &options, &Silent)?;
//! println!("{:?}", fitted.outcome.holdout.map(|m| m.accuracy));
//! fitted.pipeline.save("model.linecall")?;
//!
//! let model = Pipeline::load("model.linecall")?;
//! let mut out = std::io::stdout();
//! predict(&model, "new.csv", &Default::default(), CallFormat::Csv, &mut out)?;
//! # Ok::<(), linecall::Error>(())
//! ```
#![warn(missing_docs)]

mod angle;
pub mod challenge;
pub mod codes;
mod curriculum;
pub mod decide;
mod diagnose;
mod error;
mod evaluate;
mod everyone;
pub mod explain;
pub mod export;
mod fair;
pub mod file;
mod fit;
mod forget;
pub mod import;
mod inference;
mod learn;
pub mod many;
mod measure;
mod method;
pub mod outcome;
mod part;
mod pipeline;
mod policy;
mod post;
mod predict;
mod protobuf;
mod recipe;
pub mod replay;
pub mod scorecard;
mod source;
mod stream;
mod strength;
pub mod study;
mod tell;
mod text_use;
mod tokens;

pub use angle::{
    AngleOptions, AngleReport, Crossing, DialPoint, PairDial, PlaneDot, PlanePart, RoomPart,
    RowImage, RowRoom, angle,
};
pub use challenge::{CaseFile, ChallengeOptions};
pub use curriculum::{
    CurriculumCurve, CurriculumFit, CurriculumOptions, CurriculumOutcome, curriculum,
};
pub use decide::{
    Asked, Costs, DecideOptions, DecideOutcome, Decided, DecisionData, DecisionFit, DecisionPost,
    ScoresOf, decide,
};
pub use diagnose::{
    ClassMargins, CollinearityPart, DiagnoseOptions, DiagnoseReport, MarginsPart, Refit, RowLine,
    RowMargin, RowsPart, Weighting, diagnose,
};
pub use error::Error;
pub use evaluate::{Evaluation, evaluate};
pub use everyone::{
    AuditOptions, AuditReport, Baseline, FairnessPart, GroupMultiplicity, GroupRecourse,
    InfluencePart, MultiplicityAuditPart, MultiplicityPoint, NoveltyPart, NoveltyWarning,
    RecourseAuditPart, WeightyRow, ZeroOneOptions, ZeroOnePart, ZeroOnePoint, audit,
};
pub use explain::{ExplainOptions, explain};
pub use export::{ExportFormat, ExportOptions, ExportOutcome, SqlEngines, export};
pub use fair::{Fair, FairOptions, FairOutcome, FairPoint, FairRows, fair};
pub use file::Check;
pub use fit::{FitOptions, Fitted, Holdout, Silent, Strength, Watch, fit, fit_source, front_end};
pub use forget::{ForgetOptions, ForgetReceipt, Forgetting, forget};
pub use import::{ImportFormat, ImportLink, ImportOptions, ImportOutcome, import};
pub use inference::{InferOptions, InferenceColumn, InferenceReport, Refused, inference};
pub use linecall_audit as audit;
pub use linecall_data as data;
pub use linecall_features as features;
pub use linecall_kernels::{instruction_set, use_instruction_set};
pub use linecall_linear::inference::{
    InferenceMethod, InferenceOptions, InferenceRow, InferenceTable, Standing, Statistic,
};
pub use linecall_linear::{
    Bounds, ClassWeight, ColumnRules, Error as LinearError, LinearModel, Link, Loss, Multiclass,
    Penalty, Plan, Solver, direct, ecoc, folds, metrics, scorecard as cards, tune, vicinal,
};

pub use method::Method;
pub use outcome::*;
pub use pipeline::{FrontEnd, Pipeline, TrainingSummary};
pub use policy::{End, Gate, Gates, Policy, Requirement, check};
pub use post::{BiasPost, PostRule, RuleData, RuleFit, RulePart};
pub use predict::{Call, CallFormat, Predicted, calls, predict};
pub use recipe::{HeldOut, Program, ReadingRecord, Recipe};
pub use replay::{ReplayOptions, ReplayOutcome, replay};
pub use scorecard::{
    CardPreference, CardSettings, CardWatch, ScorecardOptions, ScorecardOutcome, Scorecarded,
    card_of, scorecard, scorecard_source,
};
pub use source::Source;
pub use stream::StreamOptions;
pub use tell::{coefficient_rows, score_classes};
pub use text_use::TextUse;
pub use tokens::{Token, TopTokens, token_collisions, top_tokens};

/// SHA-256 of bytes, in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// SHA-256 of a script as a page's policy names it: `sha256-` and the digest in base 64 (W3C,
/// Subresource Integrity, 3.2).
///
/// ```
/// let empty = linecall::integrity(b"");
/// assert_eq!(empty, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
/// ```
pub fn integrity(script: &[u8]) -> String {
    use sha2::Digest;
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = sha2::Sha256::digest(script);
    let mut text = String::from("sha256-");
    for three in digest.as_slice().chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let sign = SIGNS.get((bits >> (18 - 6 * place)) as usize & 63);
            let sign = sign.filter(|_| place <= three.len());
            text.push(sign.map_or('=', |sign| char::from(*sign)));
        }
    }
    text
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

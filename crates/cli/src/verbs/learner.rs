//! From flags to a closed form or single pass; a flag without meaning for the learner is refused.

use linecall::direct::{Learner, Passes, Priors, Shrinkage, Variant};

use crate::args::{Direct, Fit, LearnerName, VariantName};
use crate::failure::Failure;

use LearnerName::{
    Embedding, Lda, NaiveBayesBernoulli, NaiveBayesComplement, NaiveBayesGaussian,
    NaiveBayesMultinomial, NearestCentroid, PassiveAggressive, Penalised, Perceptron,
};

/// Flags, and the learners for which each has a meaning.
const MEANING: &[(&str, &[LearnerName])] = &[
    ("loss", &[Penalised]),
    ("multiclass", &[Penalised]),
    ("code_length", &[Penalised]),
    ("l1_ratio", &[Penalised]),
    ("penalty_factor", &[Penalised]),
    ("bounds", &[Penalised]),
    ("vicinal", &[Penalised]),
    ("penalty", &[Penalised]),
    ("lambda", &[Penalised]),
    ("c", &[Penalised]),
    ("no_tune", &[Penalised]),
    ("rule", &[Penalised]),
    ("folds", &[Penalised]),
    ("no_intercept", &[Penalised]),
    ("solver", &[Penalised]),
    ("tolerance", &[Penalised]),
    ("no_standardize", &[Penalised, Lda, NearestCentroid, Perceptron, PassiveAggressive]),
    ("alpha", &[NaiveBayesMultinomial, NaiveBayesBernoulli, NaiveBayesComplement]),
    ("priors", &[NaiveBayesMultinomial, NaiveBayesBernoulli, NaiveBayesGaussian, Lda]),
    ("norm", &[NaiveBayesComplement]),
    ("var_smoothing", &[NaiveBayesGaussian]),
    ("shrinkage", &[Lda]),
    ("shrink_threshold", &[NearestCentroid]),
    ("epochs", &[Penalised, Perceptron, PassiveAggressive, Embedding]),
    ("dim", &[Embedding]),
    ("learning_rate", &[Embedding]),
    ("stream", &[Penalised]),
    ("aggressiveness", &[PassiveAggressive]),
    ("variant", &[PassiveAggressive]),
    ("no_shuffle", &[Perceptron, PassiveAggressive]),
    ("no_average", &[Perceptron, PassiveAggressive]),
];

/// The learner that the flags ask for; `None` is a penalised loss. `given` holds the flags on the
/// command line: how the parser calls them, and how they are typed.
pub(crate) fn learner(args: &Fit, given: &[(String, String)]) -> Result<Option<Learner>, Failure> {
    let flags = &args.direct;
    refuse_others(flags.learner, given)?;
    refuse_streamed(args, given)?;
    let standardize = !args.learning.no_standardize;
    let alpha = flags.alpha.unwrap_or(1.0);
    let passes = Passes {
        epochs: flags.epochs.unwrap_or(Passes::default().epochs),
        shuffle: !flags.no_shuffle,
        seed: args.seed,
        average: !flags.no_average,
        standardize,
    };
    let priors = || priors(flags.priors.as_deref());
    Ok(Some(match flags.learner {
        Penalised => return Ok(None),
        NaiveBayesMultinomial => Learner::NaiveBayesMultinomial { alpha, priors: priors()? },
        NaiveBayesBernoulli => Learner::NaiveBayesBernoulli { alpha, priors: priors()? },
        NaiveBayesComplement => Learner::NaiveBayesComplement { alpha, norm: flags.norm },
        NaiveBayesGaussian => Learner::NaiveBayesGaussian {
            var_smoothing: flags.var_smoothing.unwrap_or(1e-9),
            priors: priors()?,
        },
        Embedding => Learner::Embedding {
            dim: flags.dim.unwrap_or(64),
            epochs: flags.epochs,
            learning_rate: flags.learning_rate.unwrap_or(0.5),
            seed: args.seed,
        },
        Lda => Learner::Lda { shrinkage: shrinkage(flags)?, priors: priors()?, standardize },
        NearestCentroid => {
            Learner::NearestCentroid { shrink_threshold: flags.shrink_threshold, standardize }
        }
        Perceptron => Learner::Perceptron { passes },
        PassiveAggressive => Learner::PassiveAggressive {
            c: flags.aggressiveness.unwrap_or(1.0),
            variant: match flags.variant {
                Some(VariantName::Two) => Variant::II,
                _ => Variant::I,
            },
            passes,
        },
    }))
}

/// Refuses the first flag on the command line that means nothing to the learner.
fn refuse_others(learner: LearnerName, given: &[(String, String)]) -> Result<(), Failure> {
    for (id, flag) in given {
        let Some((_, learners)) = MEANING.iter().find(|(name, _)| name == id) else { continue };
        if !learners.contains(&learner) {
            let names: Vec<String> = learners.iter().map(|l| l.flag()).collect();
            return Err(Failure::usage(format!(
                "{flag} is for --learner {}, and means nothing to {}; leave it out",
                names.join(", "),
                learner.flag()
            )));
        }
    }
    Ok(())
}

/// Flags that mean nothing when the rows are not held.
const NOT_STREAMED: &[&str] = &["rule", "folds", "l1_ratio", "tolerance"];

/// Refuses what has no meaning with `--stream`, or only with it.
fn refuse_streamed(args: &Fit, given: &[(String, String)]) -> Result<(), Failure> {
    let streamed = args.learning.stream;
    if !streamed && args.direct.learner == Penalised && args.direct.epochs.is_some() {
        return Err(Failure::usage(
            "--epochs is for --stream and for --learner perceptron, passive-aggressive, embedding; leave \
             it out",
        ));
    }
    let found = given.iter().find(|(id, _)| NOT_STREAMED.contains(&id.as_str()));
    match found.filter(|_| streamed) {
        Some((_, flag)) => {
            Err(Failure::usage(format!("{flag} means nothing with --stream; leave it out")))
        }
        None => Ok(()),
    }
}

fn priors(text: Option<&str>) -> Result<Priors, Failure> {
    match text {
        None | Some("empirical") => Ok(Priors::Empirical),
        Some("uniform") => Ok(Priors::Uniform),
        Some(text) => match super::by_class(text) {
            Some(shares) => Ok(Priors::Given { shares }),
            None => Err(Failure::usage(format!(
                "--priors is `{text}`, expected `empirical`, `uniform` or CLASS=SHARE,..."
            ))),
        },
    }
}

fn shrinkage(flags: &Direct) -> Result<Shrinkage, Failure> {
    match flags.shrinkage.as_deref() {
        Some("none") => Ok(Shrinkage::None),
        None | Some("auto") => Ok(Shrinkage::LedoitWolf),
        Some("oas") => Ok(Shrinkage::OracleApproximating),
        Some(text) => match text.parse() {
            Ok(share) => Ok(Shrinkage::Fixed { share }),
            Err(_) => Err(Failure::usage(format!(
                "--shrinkage is `{text}`, expected `none`, `auto`, `oas`, or a number from 0 to 1"
            ))),
        },
    }
}

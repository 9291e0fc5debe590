//! How losses are spelled: a name, and parameters after a colon.

use std::fmt;
use std::str::FromStr;

use super::Loss;
use crate::Error;

/// What may be written for a loss.
const SPELLINGS: &str = "logistic, hinge, squared-hinge, smoothed-hinge[:gamma=1], modified-huber, \
                         squared, poly:eps=E1[,E2...], focal[:gamma=2[,eps=E1...]] or relu";

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |eps: &[f64]| eps.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::SmoothedHinge { gamma } => write!(f, "smoothed-hinge:gamma={gamma}"),
            Self::Poly { eps } => write!(f, "poly:eps={}", join(eps)),
            Self::Focal { gamma, eps } if eps.is_empty() => write!(f, "focal:gamma={gamma}"),
            Self::Focal { gamma, eps } => write!(f, "focal:gamma={gamma},eps={}", join(eps)),
            plain => f.write_str(&plain.name().replace('_', "-")),
        }
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::Setting { name: "loss", value: text.to_owned(), expected: SPELLINGS };
        let (name, parameters) = text.split_once(':').unwrap_or((text, ""));
        let (mut gamma, mut eps, mut in_eps) = (None, Vec::new(), false);
        for part in parameters.split(',').filter(|p| !p.is_empty()) {
            let number = |text: &str| text.parse::<f64>().ok().filter(|v| v.is_finite());
            if let Some(value) = part.strip_prefix("gamma=") {
                gamma = Some(number(value).ok_or_else(bad)?);
                in_eps = false;
            } else if let Some(value) = part.strip_prefix("eps=") {
                eps.push(number(value).ok_or_else(bad)?);
                in_eps = true;
            } else if in_eps {
                eps.push(number(part).ok_or_else(bad)?);
            } else {
                return Err(bad());
            }
        }
        let (bare, has_eps) = (gamma.is_none() && eps.is_empty(), !eps.is_empty());
        let loss = match name.replace('_', "-").as_str() {
            "logistic" if bare => Self::Logistic,
            "hinge" if bare => Self::Hinge,
            "squared-hinge" if bare => Self::SquaredHinge,
            "smoothed-hinge" if !has_eps => Self::SmoothedHinge { gamma: gamma.unwrap_or(1.0) },
            "modified-huber" if bare => Self::ModifiedHuber,
            "squared" if bare => Self::Squared,
            "poly" if has_eps && gamma.is_none() => Self::Poly { eps },
            "focal" => Self::Focal { gamma: gamma.unwrap_or(2.0), eps },
            "relu" if bare => Self::Relu,
            _ => return Err(bad()),
        };
        loss.check()?;
        Ok(loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read_back() {
        for text in [
            "logistic",
            "hinge",
            "squared-hinge",
            "smoothed-hinge:gamma=0.5",
            "modified-huber",
            "squared",
            "poly:eps=1",
            "poly:eps=0.5,-0.25",
            "focal:gamma=2",
            "focal:gamma=1.5,eps=1,0.5",
            "relu",
        ] {
            assert_eq!(text.parse::<Loss>().unwrap().to_string(), text);
        }
        assert_eq!("focal".parse::<Loss>().unwrap(), Loss::Focal { gamma: 2.0, eps: vec![] });
        assert_eq!("squared_hinge".parse::<Loss>().unwrap(), Loss::SquaredHinge);
        for text in [
            "",
            "poly",
            "poly:eps=-1.1",
            "poly:eps=0,-0.6",
            "focal:gamma=-1",
            "hinge:gamma=1",
            "smoothed-hinge:gamma=0",
            "logistic:x",
            "poly:1",
            "focal:gamma=inf",
        ] {
            assert!(text.parse::<Loss>().is_err(), "{text}");
        }
    }
}

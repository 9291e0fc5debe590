//! `weights.safetensors`: the coefficients and intercepts, bit for bit.
//!
//! Two tensors of little-endian doubles: `coef` `[n_scores, n_features]`, row after row, and
//! `intercept` `[n_scores]`. The header is the one that the `safetensors` crate writes for them
//! (tensors in name order, padded with spaces to a multiple of 8 bytes), and no other is accepted.

use linecall_linear::LinearModel;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::{Fault, WEIGHTS};

/// Bytes of a double.
const F64: usize = size_of::<f64>();

/// The tensors of a model.
pub(super) fn to_bytes(model: &LinearModel) -> Result<Vec<u8>, Fault> {
    let mut out = header(model.n_scores(), model.n_features())?;
    out.reserve_exact(F64 * (model.n_scores() * (model.n_features() + 1)));
    for value in model.coef().iter().flatten().chain(model.intercept()) {
        out.extend(value.to_le_bytes());
    }
    Ok(out)
}

/// Coefficients (one row per score) and intercepts.
pub(super) type Weights = (Vec<Vec<f64>>, Vec<f64>);

/// The coefficients and intercepts of a model whose shape the manifest gives. The shape is
/// compared with the number of bytes before anything is allocated.
pub(super) fn from_bytes(bytes: &[u8], scores: usize, features: usize) -> Result<Weights, Fault> {
    let wrong = |what: String| {
        Fault::new(WEIGHTS, what).mend("the manifest and the weights are not of one model")
    };
    let header = header(scores, features)?;
    let Some(data) = bytes.strip_prefix(header.as_slice()) else {
        return Err(wrong(format!(
            "its header is not that of `coef` [{scores}, {features}] and `intercept` [{scores}] \
             in float64"
        )));
    };
    let expected = scores.checked_mul(features).and_then(|n| n.checked_add(scores));
    if expected.and_then(|n| n.checked_mul(F64)) != Some(data.len()) {
        let found = data.len();
        return Err(wrong(format!(
            "{found} bytes of numbers, expected {scores} rows of {features} coefficients and \
             {scores} intercepts"
        )));
    }
    let (coef, intercept) = data.split_at(data.len() - F64 * scores);
    let coef = match features {
        0 => vec![Vec::new(); scores],
        _ => coef.chunks_exact(F64 * features).map(numbers).collect(),
    };
    Ok((coef, numbers(intercept)))
}

fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (chunks, _) = bytes.as_chunks::<F64>();
    chunks.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

/// Everything before the numbers: the length of the description, the description, the padding.
fn header(scores: usize, features: usize) -> Result<Vec<u8>, Fault> {
    let wrong = |what: &dyn std::fmt::Display| {
        Fault::new(WEIGHTS, format!("{scores} scores of {features} features: {what}"))
    };
    let middle = scores.checked_mul(features).and_then(|n| n.checked_mul(F64));
    let end = middle.and_then(|n| n.checked_add(scores.checked_mul(F64)?));
    let (Some(middle), Some(end)) = (middle, end) else {
        return Err(wrong(&"too large for any file"));
    };
    let tensor = |shape, data_offsets| TensorInfo { dtype: Dtype::F64, shape, data_offsets };
    let tensors = vec![
        ("coef".to_owned(), tensor(vec![scores, features], (0, middle))),
        ("intercept".to_owned(), tensor(vec![scores], (middle, end))),
    ];
    let metadata = Metadata::new(None, tensors).map_err(|e| wrong(&e))?;
    let mut text = serde_json::to_vec(&metadata).map_err(|e| wrong(&e))?;
    text.resize(text.len().next_multiple_of(8), b' ');
    Ok([&(text.len() as u64).to_le_bytes()[..], &text].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use linecall_linear::Link;
    use safetensors::tensor::TensorView;

    fn model() -> LinearModel {
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        let coef = vec![vec![1.0, -0.0], vec![f64::MIN_POSITIVE / 8.0, 0.1], vec![f64::MAX, 2.0]];
        LinearModel::new(coef, vec![0.0, -1.5, 1e300], classes, 0, Link::Softmax).unwrap()
    }

    #[test]
    fn bytes_are_those_of_the_safetensors_crate() {
        let model = model();
        let le = |v: &mut dyn Iterator<Item = &f64>| -> Vec<u8> {
            v.flat_map(|x| x.to_le_bytes()).collect()
        };
        let coef = le(&mut model.coef().iter().flatten());
        let intercept = le(&mut model.intercept().iter());
        let views = [
            ("coef", TensorView::new(Dtype::F64, vec![3, 2], &coef).unwrap()),
            ("intercept", TensorView::new(Dtype::F64, vec![3], &intercept).unwrap()),
        ];
        assert_eq!(to_bytes(&model).unwrap(), safetensors::serialize(views, None).unwrap());
    }

    #[test]
    fn another_shape_is_refused() {
        let bytes = to_bytes(&model()).unwrap();
        assert!(from_bytes(&bytes, 3, 2).is_ok());
        for (scores, features) in [(3, 1), (2, 2), (0, 0), (usize::MAX, 2), (1, usize::MAX / 8)] {
            let fault = from_bytes(&bytes, scores, features).unwrap_err();
            assert_eq!(fault.part, WEIGHTS);
        }
    }

    #[test]
    fn missing_numbers_are_refused() {
        let bytes = to_bytes(&model()).unwrap();
        let fault = from_bytes(&bytes[..bytes.len() - 8], 3, 2).unwrap_err();
        assert!(fault.problem.starts_with("64 bytes of numbers, expected 3 rows"), "{fault:?}");
    }
}

//! Model files: the golden ones, whole, damaged, and as manifest and weights.

use linecall::Pipeline;

use crate::{Outcome, put};

const GOLDEN: [(&str, &[u8]); 5] = [
    ("binary", include_bytes!("../../../crates/linecall/tests/golden/v1_binary.linecall")),
    ("multiclass", include_bytes!("../../../crates/linecall/tests/golden/v1_multiclass.linecall")),
    ("matrix", include_bytes!("../../../crates/linecall/tests/golden/v1_matrix.linecall")),
    ("rule", include_bytes!("../../../crates/linecall/tests/golden/v1_rule.linecall")),
    ("binned", include_bytes!("../../../crates/linecall/tests/golden/v1_binned.linecall")),
];

/// Models of other programs.
const FOREIGN: [(&str, &[u8]); 3] = [
    ("onnx-binary", include_bytes!("../../../crates/linecall/tests/golden/onnx/binary.onnx")),
    ("onnx-scaled", include_bytes!("../../../crates/linecall/tests/golden/onnx/scaled.onnx")),
    ("onnx-refused", include_bytes!("../../../crates/linecall/tests/golden/onnx/refused_sgd.onnx")),
];

/// What Vowpal Wabbit writes, by name and by hash.
const READABLE: [(&str, &str); 2] = [
    (
        "vw-names",
        "Version 9.11.9\nId \nMin label:-50\nMax label:50\nbits:12\nlda:0\noptions: --oaa 3\n:0\n\
         age:324:-0.5\nage[1]:325:0.25\nConstant:368:1\np^city=Oslo[2]:646:0.1\n",
    ),
    (
        "vw-hashes",
        "Version 9.11.9\nbits:10\noptions: --link logistic\n:1\nt 205\n253:0.4 1 2\n348:-0.26 1 1\n",
    ),
];

/// Changes of the matrix model's manifest.
const EDITS: &[(&str, &str, &str)] = &[
    ("columns", "\"columns\": 2", "\"columns\": 18446744073709551615"),
    ("version", "\"version\": 1", "\"version\": 2"),
    ("spelling", "\"columns\": 2", "\"columns\":  2"),
    ("classes", "\"b\",\n    \"c\"", "\"c\",\n    \"b\""),
    ("link", "\"kind\": \"softmax\"", "\"kind\": \"score\""),
    ("number", "\"lambda\": 0.5", "\"lambda\": 5e-1"),
    ("infinity", "\"lambda\": 0.5", "\"lambda\": 1e999"),
    ("seed", "\"seed\": 0", "\"seed\": 18446744073709551615"),
    ("rows", "\"rows\": 10", "\"rows\": 11"),
];

/// All of them.
pub(crate) fn write() -> Outcome {
    for (name, bytes) in FOREIGN {
        put("import", name, bytes)?;
    }
    for (name, text) in READABLE {
        put("import", name, text)?;
    }
    for (name, bytes) in GOLDEN {
        put("model", name, bytes)?;
        put("model", &format!("{name}-cut"), bytes.get(..bytes.len() / 2).unwrap_or_default())?;
        put("model", &format!("{name}-more"), [bytes, b"more"].concat())?;
        let (manifest, weights) = parts(bytes)?;
        put("manifest", name, joined(&manifest, &weights))?;
        if name == "matrix" {
            edited(&manifest, &weights)?;
        }
    }
    put("model", "nothing", b"")?;
    put("model", "header", b"PK\x03\x04")?;
    put("manifest", "nothing", b"")?;
    put("manifest", "deep", "[".repeat(4000))
}

fn joined(manifest: &str, weights: &[u8]) -> Vec<u8> {
    [manifest.as_bytes(), b"\0", weights].concat()
}

fn edited(manifest: &str, weights: &[u8]) -> Outcome {
    for (name, from, to) in EDITS {
        assert!(manifest.contains(from), "{from}");
        put("manifest", name, joined(&manifest.replacen(from, to, 1), weights))?;
    }
    let mut nan = weights.to_vec();
    let end = nan.len() - 8;
    nan.splice(end.., f64::NAN.to_le_bytes());
    put("manifest", "nan", joined(manifest, &nan))
}

/// Manifest and weights of a model file.
fn parts(bytes: &[u8]) -> Result<(String, Vec<u8>), Box<dyn std::error::Error>> {
    Pipeline::from_bytes(bytes, "golden")?;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes))?;
    let mut read = |name: &str| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let mut data = Vec::new();
        std::io::copy(&mut archive.by_name(name)?, &mut data)?;
        Ok(data)
    };
    Ok((String::from_utf8(read("manifest.json")?)?, read("weights.safetensors")?))
}

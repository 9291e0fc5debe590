//! Archives with right checksums and wrong content: hand edits, and what an attacker would write.

use linecall::Pipeline;

use crate::{refusal, rezip, support, unzip};

/// The matrix model (or the binary one) with its manifest text changed, zipped again.
fn edited(index: usize, from: &str, to: &str) -> Vec<u8> {
    let bytes = support::all().unwrap()[index].1.to_bytes().unwrap();
    let mut entries = unzip(&bytes);
    let text = String::from_utf8(entries[0].1.clone()).unwrap();
    assert!(text.contains(from), "{from} is not in the manifest");
    entries[0].1 = text.replacen(from, to, 1).into_bytes();
    rezip(&entries)
}

#[test]
fn a_newer_version_is_refused_by_name() {
    let (part, message) = refusal(&edited(2, "\"version\": 1", "\"version\": 2"));
    assert_eq!(part, "manifest.json");
    assert_eq!(
        message,
        "m.linecall: manifest.json: was written by a newer linecall (format 2); this one reads up \
         to 1; install the newer linecall to read it"
    );
}

#[test]
fn a_newer_version_is_recognised_whatever_else_it_holds() {
    let manifest = r#"{"format": "linecall model", "version": 12, "brain": {"neurons": 3}}"#;
    let entries = [("manifest.json".to_owned(), manifest), ("brain.bin".to_owned(), "\u{0}")];
    assert!(refusal(&rezip(&entries)).1.contains("newer linecall (format 12)"));
}

#[test]
fn contradictions_are_refused_in_words() {
    for (index, from, to, problem) in [
        (2, "\"columns\": 2", "\"columns\": 3", "its header is not that of `coef` [3, 3]"),
        (2, "\"columns\": 2", "\"columns\": 18446744073709551615", "too large for any file"),
        (2, "\"columns\": 2", "\"columns\": 0", "the matrix has no columns"),
        (2, "\"columns\": 2", "\"columns\": -2", "invalid value"),
        (2, "\"columns\": 2", "\"rows\": 2", "unknown field `rows`"),
        (2, "\"columns\": 2", "\"columns\":  2", "linecall writes `\"columns\": 2,`"),
        (2, "\"b\",\n    \"c\"", "\"c\",\n    \"b\"", "expected sorted and distinct classes"),
        (2, "\"b\",\n    \"c\"", "\"b\",\n    \"b\"", "expected sorted and distinct classes"),
        (2, "\"positive\": null", "\"positive\": \"a\"", "`positive` is `a` with 3 classes"),
        (2, "\"kind\": \"softmax\"", "\"kind\": \"logistic\"", "more than two classes"),
        (2, "\"kind\": \"softmax\"", "\"kind\": \"magic\"", "unknown variant `magic`"),
        (2, "\"rows\": 10", "\"rows\": 11", "11 rows, by class [3, 3, 4]"),
        (2, "\"residual\": 3.1e-11", "\"residual\": -3.1e-11", "residual -0.000000000031"),
        (2, "\"lambda\": 0.5", "\"lambda\": 5e-1", "linecall writes `\"lambda\": 0.5,`"),
        (2, "00112233", "0011223G", "as SHA-256"),
        (
            0,
            "\"positive\": \"bad\",\n  \"link\"",
            "\"positive\": \"good\",\n  \"link\"",
            "classes: found",
        ),
        (
            0,
            "\"min\": 0.0,\n          \"miss",
            "\"min\": 1e999,\n          \"miss",
            "number out of range",
        ),
        (0, "\"reference\": 2", "\"reference\": 3", "the reference is level 3"),
        (0, "\"source\": \"owner\"", "\"source\": \"Owner\"", "column `owner` of the schema"),
        (0, "\"indicator\": 1834.1", "\"indicator\": -1.0", "cannot stand there"),
        (
            0,
            "\"tolerance\": 1e-10,
      \"max_iterations\"",
            "\"tolerance\": -1.0,
      \"max_iterations\"",
            "`tolerance` is -1",
        ),
        (0, "\"favourable\": \"good\"", "\"favourable\": \"fine\"", "`favourable` is not one of"),
        (0, "\"format\": \"linecall model\"", "\"format\": \"cake\\nrecipe\"", "`cake\\nrecipe`"),
    ] {
        let (_, message) = refusal(&edited(index, from, to));
        assert!(message.contains(problem), "{to}: {message}");
    }
}

/// Whatever stands in the manifest: it is refused, or it is a model whose one file this is.
#[test]
fn no_manifest_byte_can_be_bent_into_a_second_spelling() {
    for (name, pipeline) in support::all().unwrap() {
        let mut entries = unzip(&pipeline.to_bytes().unwrap());
        let mut accepted = 0;
        for at in 0..entries[0].1.len() {
            let old = entries[0].1[at];
            for new in [old ^ 1, old ^ 0x20, b'0', b'9', b'"', b' ', b'}', 0xff] {
                if new == old {
                    continue;
                }
                entries[0].1[at] = new;
                let bytes = rezip(&entries);
                match Pipeline::from_bytes(&bytes, "m") {
                    Ok(other) => {
                        accepted += 1;
                        assert_ne!(other, pipeline, "{name}, byte {at}");
                        assert_eq!(other.to_bytes().unwrap(), bytes, "{name}, byte {at}");
                    }
                    Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
                }
            }
            entries[0].1[at] = old;
        }
        assert!(accepted > 0, "an edited seed, for one, is a model of its own");
    }
}

#[test]
fn weights_that_are_not_numbers_are_refused() {
    let bytes = support::all().unwrap()[0].1.to_bytes().unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut entries = unzip(&bytes);
        let end = entries[1].1.len();
        entries[1].1[end - 8..].copy_from_slice(&bad.to_le_bytes());
        let (part, message) = refusal(&rezip(&entries));
        assert_eq!(part, "weights.safetensors");
        assert!(message.contains("NaN or infinite"), "{message}");
    }
}

#[test]
fn weights_in_another_layout_are_refused() {
    let bytes = support::all().unwrap()[2].1.to_bytes().unwrap();
    for (from, to) in [("[3,2]", "[2,3]"), ("F64", "I64"), ("coef", "Coef"), ("}}  ", "} } ")] {
        let mut entries = unzip(&bytes);
        let text = entries[1].1.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        entries[1].1[text..text + to.len()].copy_from_slice(to.as_bytes());
        assert_eq!(refusal(&rezip(&entries)).0, "weights.safetensors", "{to}");
    }
}

#[test]
fn entries_in_another_order_or_number_are_refused() {
    let entries = unzip(&support::all().unwrap()[2].1.to_bytes().unwrap());
    let swapped = [entries[1].clone(), entries[0].clone()];
    assert_eq!(refusal(&rezip(&swapped)).0, "manifest.json");
    assert_eq!(refusal(&rezip(&entries[..1])).0, "weights.safetensors");
    let extra = [entries.as_slice(), &[("readme.txt".to_owned(), b"hello".to_vec())]].concat();
    assert_eq!(refusal(&rezip(&extra)).0, "zip directory");
    assert_eq!(refusal(&rezip::<Vec<u8>>(&[])).0, "manifest.json");
}

#[test]
fn deeply_nested_json_is_refused_without_recursion() {
    let deep = "[".repeat(1 << 20);
    let entries =
        [("manifest.json".to_owned(), deep), ("weights.safetensors".to_owned(), String::new())];
    assert_eq!(refusal(&rezip(&entries)).0, "manifest.json");
}

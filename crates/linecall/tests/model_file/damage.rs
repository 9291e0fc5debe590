//! Every damaged byte and every truncation is refused, and the message names the part.

use std::io::Cursor;

use crate::{refusal, support};

/// The part of a model file that each of its bytes belongs to, as the `zip` crate sees it.
fn parts(bytes: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = vec!["zip directory".to_owned(); bytes.len()];
    for i in 0..archive.len() {
        let entry = archive.by_index(i).unwrap();
        let end = entry.data_start().unwrap() + entry.compressed_size();
        parts[entry.header_start() as usize..end as usize].fill(entry.name().unwrap().into_owned());
    }
    parts
}

#[test]
fn every_flipped_bit_is_refused_and_its_part_named() {
    for (name, pipeline) in support::all().unwrap() {
        let mut bytes = pipeline.to_bytes().unwrap();
        let parts = parts(&bytes);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                let (part, message) = refusal(&bytes);
                assert_eq!(part, parts[at], "{name}, byte {at}, bit {bit}: {message}");
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn every_truncation_is_refused_and_the_part_that_is_cut_named() {
    for (name, pipeline) in support::all().unwrap() {
        let bytes = pipeline.to_bytes().unwrap();
        for (at, expected) in parts(&bytes).iter().enumerate() {
            let (part, message) = refusal(&bytes[..at]);
            assert_eq!(&part, expected, "{name} cut at {at}: {message}");
            assert!(message.contains("the file ends inside it"), "{message}");
        }
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut bytes = support::all().unwrap()[0].1.to_bytes().unwrap();
    bytes.extend(b"more");
    let (part, message) = refusal(&bytes);
    assert_eq!(part, "trailing bytes");
    assert_eq!(
        message,
        "m.linecall: trailing bytes: 4 bytes follow the end of the model; \
         fetch or save the model again"
    );
}

#[test]
fn bytes_removed_or_repeated_in_the_middle_are_refused() {
    let bytes = support::all().unwrap()[2].1.to_bytes().unwrap();
    for at in 0..bytes.len() {
        refusal(&[&bytes[..at], &bytes[at + 1..]].concat());
        refusal(&[&bytes[..at], &bytes[at..=at], &bytes[at..]].concat());
    }
}

#[test]
fn other_files_are_refused() {
    for other in ["income,paid\n1,yes\n", "{\"format\": \"linecall model\"}", "\u{1f}\u{8b}\u{8}"] {
        let (part, message) = refusal(other.as_bytes());
        assert_eq!(part, "manifest.json");
        assert!(message.ends_with("check that this is a model saved by linecall"), "{message}");
    }
}

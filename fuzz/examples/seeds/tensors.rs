//! safetensors: headers that are right, nearly right, and lying.

use crate::text::compressed;
use crate::{Outcome, put};

/// Headers, and how many bytes follow.
const TENSORS: &[(&str, &str, usize)] = &[
    (
        "plain",
        r#"{"x":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#,
        6,
    ),
    (
        "labels-first",
        r#"{"y":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"X":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]}}"#,
        8,
    ),
    (
        "bool",
        r#"{"x":{"dtype":"BOOL","shape":[2,2],"data_offsets":[0,4]},"y":{"dtype":"BOOL","shape":[2],"data_offsets":[4,6]}}"#,
        6,
    ),
    (
        "wide",
        r#"{"x":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},"y":{"dtype":"I64","shape":[1],"data_offsets":[4,12]}}"#,
        12,
    ),
    (
        "f32",
        r#"{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
        16,
    ),
    (
        "f64",
        r#"{"x":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"y":{"dtype":"U32","shape":[1],"data_offsets":[8,12]}}"#,
        12,
    ),
    (
        "u64",
        r#"{"x":{"dtype":"U64","shape":[1,1],"data_offsets":[0,8]},"y":{"dtype":"U64","shape":[1],"data_offsets":[8,16]}}"#,
        16,
    ),
    (
        "cube",
        r#"{"data":{"dtype":"U8","shape":[2,2,2],"data_offsets":[0,8]},"label":{"dtype":"I8","shape":[2,1],"data_offsets":[8,10]}}"#,
        10,
    ),
    (
        "metadata",
        r#"{"__metadata__":{"made":"by hand"},"x":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
        3,
    ),
    (
        "others",
        r#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"x":{"dtype":"U8","shape":[1,2],"data_offsets":[3,5]},"y":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}"#,
        6,
    ),
    (
        "only-other",
        r#"{"w":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#,
        6,
    ),
    (
        "two-others",
        r#"{"v":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2,2],"data_offsets":[2,6]},"y":{"dtype":"U8","shape":[2],"data_offsets":[6,8]}}"#,
        8,
    ),
    (
        "two",
        r#"{"X":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[1,2],"data_offsets":[2,4]}}"#,
        4,
    ),
    ("no-labels", r#"{"x":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]}}"#, 2),
    ("no-matrix", r#"{"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 2),
    (
        "unread",
        r#"{"x":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#,
        6,
    ),
    (
        "four-bits",
        r#"{"x":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
        4,
    ),
    (
        "complex",
        r#"{"z":{"dtype":"C64","shape":[1],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}"#,
        10,
    ),
    (
        "gap",
        r#"{"x":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"#,
        4,
    ),
    (
        "overlap",
        r#"{"x":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
        2,
    ),
    (
        "wrong-size",
        r#"{"x":{"dtype":"U8","shape":[2,2],"data_offsets":[0,3]},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"#,
        4,
    ),
    ("backwards", r#"{"x":{"dtype":"U8","shape":[0,2],"data_offsets":[4,2]}}"#, 4),
    (
        "huge",
        r#"{"x":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,18446744073709551615]}}"#,
        4,
    ),
    (
        "overflow",
        r#"{"x":{"dtype":"U8","shape":[18446744073709551615,2],"data_offsets":[0,4]}}"#,
        4,
    ),
    (
        "no-rows",
        r#"{"x":{"dtype":"U8","shape":[0,2],"data_offsets":[0,0]},"y":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
        0,
    ),
    (
        "no-shape",
        r#"{"x":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
        2,
    ),
    (
        "less",
        r#"{"x":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#,
        5,
    ),
    (
        "more",
        r#"{"x":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#,
        7,
    ),
    (
        "twice",
        r#"{"x":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
        3,
    ),
    (
        "escaped-name",
        r#"{"\u0078":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]},"\u001b[2J":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
        3,
    ),
    ("unknown-type", r#"{"x":{"dtype":"U9","shape":[1,2],"data_offsets":[0,2]}}"#, 2),
    ("unknown-key", r#"{"x":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2],"colour":"red"}}"#, 2),
    ("missing-key", r#"{"x":{"dtype":"U8","data_offsets":[0,2]}}"#, 2),
    ("negative", r#"{"x":{"dtype":"U8","shape":[-1,2],"data_offsets":[0,2]}}"#, 2),
    ("float", r#"{"x":{"dtype":"U8","shape":[1.0,2],"data_offsets":[0,2]}}"#, 2),
    (
        "spaces",
        r#"{ "x" : { "dtype" : "U8" , "shape" : [ 1 , 2 ] , "data_offsets" : [ 0 , 2 ] } , "y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]} }      "#,
        3,
    ),
    ("empty", "{}", 0),
    ("metadata-only", r#"{"__metadata__":{}}"#, 0),
    ("metadata-number", r#"{"__metadata__":{"a":1}}"#, 0),
    ("no-json", "{x}", 0),
    ("open", "{\"x\":", 0),
];

/// All of them.
pub(crate) fn write() -> Outcome {
    let target = "safetensors";
    for (name, header, bytes) in TENSORS {
        let body: Vec<u8> = (0..*bytes).map(|i| (i % 3) as u8).collect();
        put(target, name, [header.as_bytes(), b"\0", &body].concat())?;
    }
    let (_, header, _) = TENSORS[0];
    let whole = |length: u64, header: &[u8], body: &[u8]| {
        [&length.to_le_bytes()[..], header, body].concat()
    };
    let good = whole(header.len() as u64, header.as_bytes(), &[1, 2, 3, 4, 0, 1]);
    put(target, "file", &good)?;
    put(target, "file-cut", &good[..40])?;
    for (name, length) in [("zero", 0), ("one", 1), ("mebibytes", 5 << 20), ("huge", u64::MAX)] {
        put(target, &format!("file-length-{name}"), whole(length, header.as_bytes(), &[]))?;
    }
    put(target, "nan", {
        let (_, header, _) = TENSORS[4];
        let body = [f32::NAN, 1.0, 0.0, 1.0].map(f32::to_le_bytes).concat();
        [header.as_bytes(), b"\0", &body].concat()
    })?;
    put(target, "deep", "{\"a\":".repeat(800))?;
    put(target, "nothing", b"")?;
    compressed(target, &good)
}

//! JSON Lines and time series.

use crate::text::compressed;
use crate::{Outcome, put};

const JSONL: &[(&str, &[u8])] = &[
    ("plain", b"{\"income\": 1200, \"paid\": \"yes\"}\n{\"income\": 900, \"paid\": \"no\"}\n"),
    ("no-end", b"{\"a\":1}"),
    ("crlf", b"{\"a\":1}\r\n\r\n{\"a\":2}\r\n"),
    ("cr", b"{\"a\":1}\r{\"a\":2}\r"),
    ("blanks", b" \t{ \"a\" : 1 , \"b\" : null } \n\n  \n{\"b\":2}\n"),
    ("other-keys", b"{\"a\":1}\n{\"b\":2}\n{\"a\":3,\"c\":4}\n"),
    ("late-key", b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4,\"b\":5}\n"),
    ("other-order", b"{\"a\":1,\"b\":2}\n{\"b\":3,\"a\":4}\n"),
    ("no-keys", b"{}\n{}\n"),
    ("no-keys-first", b"{}\n{}\n{}\n{\"a\":1}\n"),
    ("nothing", b""),
    ("blank", b"\n \r\n"),
    ("words", b"{\"a\":true,\"b\":false,\"c\":null,\"d\":\"\",\"e\":\"null\"}\n"),
    ("numbers", b"{\"a\":-0,\"b\":1e999,\"c\":0.1,\"d\":12345678901234567890,\"e\":-1E-5}\n"),
    ("bad-numbers", b"{\"a\":01}\n"),
    ("plus", b"{\"a\":+1}\n"),
    ("nan", b"{\"a\":NaN}\n"),
    ("point", b"{\"a\":1.}\n"),
    ("escapes", b"{\"a\":\"\\u00fc\\n\\t\\\"\\\\\\/\\b\\f\\r\",\"\\u0062\":\"\\ud83d\\ude00\"}\n"),
    ("half-pair", b"{\"a\":\"\\ud83d\"}\n"),
    ("half-pair-key", b"{\"\\ud83d\":1}\n"),
    ("bad-escape", b"{\"a\":\"\\x\"}\n"),
    ("escaped-nul", b"{\"a\":\"\\u0000\"}\n"),
    ("escaped-key", b"{\"a\":1,\"\\u0061\":2}\n"),
    ("key-line-end", b"{\"a\\nb\":1}\n"),
    ("key-control", b"{\"a\\u0007\":1}\n"),
    ("key-return", b"{\"a\\r\":1}\n"),
    ("key-empty", b"{\"\":1}\n"),
    ("key-c1", "{\"a\u{85}\":1}\n".as_bytes()),
    ("key-twice", b"{\"a\":1,\"a\":2}\n"),
    ("key-number", b"{1:2}\n"),
    ("nested", b"{\"a\":{\"b\":1}}\n"),
    ("list", b"{\"a\":[1,2]}\n"),
    ("array", b"[{\"a\":1},{\"a\":2}]\n"),
    ("array-of-lines", b"[\n{\"a\":1},\n{\"a\":2}\n]\n"),
    ("several-lines", b"{\n\"a\": 1\n}\n"),
    ("two-a-line", b"{\"a\":1}{\"a\":2}\n"),
    ("tail", b"{\"a\":1} x\n"),
    ("comma", b"{\"a\":1,}\n"),
    ("no-colon", b"{\"a\"}\n"),
    ("open", b"{\"a\":1\n{\"a\":2}\n"),
    ("open-string", b"{\"a\":\"1\n"),
    ("line-in-string", b"{\"a\":\"one\rtwo\"}\n"),
    ("tab-in-string", b"{\"a\":\"one\ttwo\"}\n"),
    ("number-line", b"1\n2\n"),
    ("csv", b"a,b\n1,2\n"),
    ("mark", b"\xef\xbb\xbf{\"a\":1}\n"),
    ("utf16", b"\xff\xfe{\0}\0"),
    ("utf8", "{\"größe\":\"😀\",\"x\":\"\u{2028}\"}\n".as_bytes()),
    ("latin1", b"{\"a\":\"caf\xe9\"}\n"),
    ("cut-character", b"{\"a\":\"\xf0\x9f\x98"),
    ("nul", b"{\"a\":\"\0\"}\n"),
    ("nul-late", b"{\"a\":1}\n{\"a\":2}\n{\"a\":\"\0\"}\n"),
    ("bad-last", b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":}\n"),
    ("nested-last", b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":[]}\n"),
    ("form-feed", b"{\"a\":1}\n\x0c\n{\"a\":2}\n"),
    (
        "long-words",
        b"{\"a\":\"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww\"}\n\
          {\"a\":\"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\\n\",\"b\":1}\n",
    ),
];

const TS: &[(&str, &[u8])] = &[
    ("plain", b"@problemName p\n@timeStamps false\n@univariate true\n@classLabel true a b\n@data\n1,2,3:a\n4,5,6:b\n"),
    ("two", b"# two dimensions\n@problemName p\n@univariate false\n@dimensions 2\n@classLabel true 0 1\n@data\n1,2:3,4:0\n5,6:7,8:1\n9,0:1,2:0\n"),
    ("no-class", b"@classLabel false\n@data\n1,2\n3,4\n"),
    ("no-class-two", b"@classLabel false\n@data\n1,2:3,4\n3,4:5,6\n"),
    ("crlf", b"@classLabel true a b\r\n@data\r\n1,2:a\r\n\r\n3,4:b\r\n"),
    ("cr", b"@classLabel true a b\r@data\r1,2:a\r3,4:b"),
    ("missing", b"@missing true\n@classLabel true a b\n@data\n1,?:a\n ? , 2 :b\n"),
    ("numbers", b"@classLabel false\n@data\n1e5,-0,.5\n+7,5.,1E-3\n"),
    ("nan", b"@classLabel true a b\n@data\n1,nan:a\n"),
    ("infinity", b"@classLabel true a b\n@data\n1,inf:a\n"),
    ("too-large", b"@classLabel true a b\n@data\n1,1e999:a\n"),
    ("empty-value", b"@classLabel true a b\n@data\n1,,3:a\n"),
    ("empty-class", b"@classLabel true a b\n@data\n1,2:\n3,4: b \n"),
    ("one-value", b"@classLabel true a b\n@data\n1:a\n2:b\n"),
    ("class-only", b"@classLabel true a b\n@data\na\n"),
    ("unequal", b"@equalLength false\n@classLabel true a b\n@data\n1,2:a\n1,2,3:b\n"),
    ("unequal-dimensions", b"@classLabel true a b\n@data\n1,2:3,4,5:a\n"),
    ("dimension-less", b"@classLabel true a b\n@data\n1,2:3,4:a\n1,2:b\n"),
    ("dimension-more", b"@classLabel true a b\n@data\n1,2:a\n1,2:3,4:b\n"),
    ("stamps", b"@timeStamps true\n@classLabel true a b\n@data\n(0,1),(1,2):a\n"),
    ("target", b"@targetLabel true\n@data\n1,2:0.5\n"),
    ("target-false", b"@targetLabel false\n@classLabel false\n@data\n1,2\n"),
    ("no-label-line", b"@problemName p\n@data\n1,2:a\n"),
    ("no-data", b"@problemName p\n@classLabel true a b\n"),
    ("no-rows", b"@classLabel true a b\n@data\n\n# none\n"),
    ("no-header", b"1,2:a\n"),
    ("nothing", b""),
    ("unknown-key", b"@colour red\n@data\n1\n"),
    ("no-key", b"@\n@data\n"),
    ("capitals", b"@CLASSLABEL TRUE a b\n@DATA\n1,2:a\n"),
    ("yes", b"@classLabel yes a\n@data\n1:a\n"),
    ("one", b"@classLabel 1 a\n@data\n1:a\n"),
    ("comments", b"# a\n#b\n@classLabel true a b\n  # c\n@data\n# d\n1,2:a\n #e\n3,4:b\n"),
    ("blanks", b"\n  \n  @classLabel   true  a\n\t@data \n 1 , 2 : a \n"),
    ("colons", b"@classLabel true a\n@data\n:::a\n"),
    ("commas", b"@classLabel true a\n@data\n,,,:a\n"),
    ("words", b"@classLabel true a\n@data\none,two:a\n"),
    ("mark", b"\xef\xbb\xbf@classLabel false\n@data\n1\n"),
    ("latin1", b"@classLabel true caf\xe9\n@data\n1:caf\xe9\n"),
    ("utf8", "@problemName größe\n@classLabel true 😀\n@data\n1,2:😀\n".as_bytes()),
    ("nul", b"@classLabel true a\n@data\n1,\0:a\n"),
    ("data-twice", b"@classLabel false\n@data\n1\n@data\n2\n"),
    ("label-twice", b"@classLabel true a\n@classLabel false\n@data\n1,2\n"),
    ("bad-last", b"@classLabel true a\n@data\n1,2:a\n3,4:a\n5,6:a\n7,x:a\n"),
    ("many", b"@classLabel true a b\n@data\n1,2:a\n3,4:b\n5,6:a\n7,8:b\n9,10:a\n11,12:b\n"),
    ("series", b"@seriesLength 3\n@classLabel false\n@data\n1,2,3:4,5,6:7,8,9\n9,8,7:6,5,4:3,2,1\n"),
];

/// All of them.
pub(crate) fn write() -> Outcome {
    for (name, bytes) in JSONL {
        put("jsonl", name, bytes)?;
    }
    put("jsonl", "deep", "{\"a\":".repeat(1000))?;
    put("jsonl", "deep-lists", "[".repeat(4000))?;
    let wide: Vec<String> = (0..300).map(|i| format!("\"k{i}\":{i}")).collect();
    put("jsonl", "wide", format!("{{{}}}\n", wide.join(",")))?;
    let sparse: String = (0..200).map(|i| format!("{{\"k{i}\":{i}}}\n")).collect();
    put("jsonl", "sparse", sparse)?;
    compressed("jsonl", b"{\"a\":1}\n{\"a\":2,\"b\":3}\n")?;
    for (name, bytes) in TS {
        put("ts", name, bytes)?;
    }
    let long = "1,".repeat(1500);
    put("ts", "long", format!("@classLabel false\n@data\n{long}1\n"))?;
    put("ts", "wide", format!("@classLabel false\n@data\n{}1\n", "1:".repeat(1500)))?;
    compressed("ts", b"@classLabel true a b\n@data\n1,2:a\n3,4:b\n")
}

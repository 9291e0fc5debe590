//! CSV, TSV, LIBSVM, numbers and schemas.

use crate::{Outcome, gzip, put};

const LOANS: &str = include_str!("../../../crates/cli/tests/golden/loans.csv");
const SCHEMA: &str = include_str!("../../../data/credit_default.schema.toml");

const CSV: &[(&str, &[u8])] = &[
    ("plain", b"income,paid\n1200,yes\n900,no\n"),
    ("no-end", b"a,b\n1,2"),
    ("crlf", b"a,b\r\n1,2\r\n\r\n3,4\r\n"),
    ("cr", b"a,b\r1,2\r3,4\r"),
    ("quoted", b"\"a\",\"b \"\"x\"\"\"\n\"1,2\",\"two\nlines\"\n\"\",\"\"\n"),
    ("quote-inside", b"a,b\n5\" pipe,x\"\"y\n"),
    ("after-quote", b"a,b\n\"1\"x,2\n"),
    ("open-quote", b"a,b\n1,\"2\n3,4\n"),
    ("ragged-short", b"a,b,c\n1,2,3\n4,5\n"),
    ("ragged-long", b"a,b\n1,2\n3,4,5\n"),
    ("twice", b"a,b,a\n1,2,3\n"),
    ("no-name", b"a,,c\n1,2,3\n"),
    ("spaces", b" a , b\n 1 , 2 \n"),
    ("blank", b"\n\r\n\r\n"),
    ("nothing", b""),
    ("header-only", b"a,b\n"),
    ("mark", b"\xef\xbb\xbfa,b\n1,2\n"),
    ("utf16", b"\xff\xfea\0,\0b\0"),
    ("latin1", b"caf\xe9,gr\xf6\xdfe\n1,2\n"),
    ("utf8", "café,größe,😀\n1,2,3\n".as_bytes()),
    ("cut-character", b"a,b\n1,\xf0\x9f\x98"),
    ("nul", b"a,b\n1,\0\n"),
    ("control-name", b"a\x07,b\n1,2\n"),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("bzip2", b"BZh91AY"),
    ("numbers", b"x,y\nnan,0\n1e999,1\n-inf,0\n0x10,1\n1_000,0\n"),
    ("missing", b"x,y\n,0\nNA,1\n?,0\n-99,1\n"),
    ("tabs", b"a\tb\n1\t\"2\"\n\t\n"),
    ("semicolons", b"a;b\n1;2\n"),
    (
        "long-fields",
        b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,b\r\n\
          \"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\"\"\",2\r\n",
    ),
];

const LIBSVM: &[(&str, &[u8])] = &[
    ("plain", b"+1 1:0.5 3:1 # a comment\n-1 2:2\n"),
    ("labels", b"+1 1:1\n1.0 1:1\n-0 2:1\n1e2 2:1\nspam 3:1\n007 3:1\n"),
    ("sets", b"2,+5,1e1 1:1\n 1:3 2:4\n1:1\n5,2\n \n"),
    ("set-twice", b"1 1:1\n2,2.0 1:1\n"),
    ("zeros", b"1 1:0 4:-0.0\n2 3:0.1\n"),
    ("index-0", b"1 0:1\n"),
    ("index-2-40", b"1 1099511627776:1\n"),
    ("index-2-20", b"1 1048576:1\n"),
    ("index-past-2-20", b"1 1048577:1\n"),
    ("index-2-32", b"1 4294967295:1\n1 4294967296:1\n"),
    ("index-2-64", b"1 18446744073709551617:1\n"),
    ("index-falls", b"1 3:1 2:1\n"),
    ("index-twice", b"1 3:1 3:1\n"),
    ("nan", b"1 1:nan\n"),
    ("infinity", b"inf 1:1\n"),
    ("too-large", b"1 1:1e999\n"),
    ("tiny", b"1 1:1e-999 2:5e-324\n"),
    (
        "digits",
        b"1 1:9007199254740993 2:0.1000000000000000055511151231257827 3:123456789012345678.9\n",
    ),
    ("no-value", b"1 1:\n"),
    ("no-colon", b"1 1\n"),
    ("qid", b"1 qid:3 1:1\n"),
    ("several-labels", b"1,2 1:1\n"),
    ("no-label", b"1:1 2:1\n"),
    ("comment-only", b"# nothing\n\n"),
    ("no-entries", b"1\n-1\n"),
    ("cr", b"1 1:1\r-1 2:1\r\n1 3:1"),
    ("tabs", b"1\t1:1\t 2:2 \n"),
    ("mark", b"\xef\xbb\xbf1 1:1\n"),
    ("nul", b"1 1:1\n\0 2:1\n"),
    ("latin1", b"caf\xe9 1:1\n"),
    ("double", b"1 1:1 2:0.5\n1 1:0.1\n1 3:1\n-1 4:16777217\n"),
    ("csv", b"a,b\n1,2\n"),
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "+7",
    "1.5e3",
    "-1.5E-3",
    ".5",
    "5.",
    ".",
    "+-1",
    "++1",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "1e-999",
    "5e-324",
    "1.7976931348623157e308",
    "9007199254740993",
    "0x10",
    "1_000",
    "1,000",
    " 1 ",
    "-99\n-99.0",
    "NA\nNA",
    "\n",
    "1e",
    "1e+",
    "e5",
    "\u{0661}",
    "2.2250738585072011e-308",
];

const SCHEMAS: &[(&str, &str)] = &[
    (
        "small",
        "version = 1\n[target]\ncolumn = 'y'\nclasses = ['0', '1']\npositive = '1'\n\
      [[columns]]\nname = 'y'\nrole = 'target'\nkind = 'boolean'\nlevels = ['0', '1']\n\
      [[columns]]\nname = 'x'\nrole = 'feature'\nkind = 'number'\nmin = 0.5\nmax = 1e300\n\
      unit = 'EUR'\nmissing_codes = ['-99']\nmissing = 'indicator'\nmutable = false\n",
    ),
    (
        "category",
        "version = 1\n[target]\ncolumn = 'y'\nclasses = ['a', 'b', 'c']\nfavourable = 'a'\n\
      labels = { a = 'good', 'b' = \"\\u0007\" }\n\
      [[columns]]\nname = 'y'\nrole = 'target'\nkind = 'category'\n\
      [[columns]]\nname = 'x'\nrole = 'feature'\nkind = 'category'\nlevels = ['p', 'q']\n\
      reference = 'q'\nunseen = 'reference'\nmissing = 'category'\ndirection = 'increase'\n\
      [[columns]]\nname = 'w'\nrole = 'weight'\nkind = 'number'\n\
      [[columns]]\nname = 'z'\nrole = 'feature'\nkind = 'ordered'\nlevels = ['lo', 'hi']\n",
    ),
    (
        "not-finite",
        "version = 1\n[target]\ncolumn = 'y'\nclasses = ['0', '1']\npositive = '1'\n\
      [[columns]]\nname = 'y'\nrole = 'target'\nkind = 'boolean'\n\
      [[columns]]\nname = 'x'\nrole = 'feature'\nkind = 'number'\nmin = -inf\nmax = inf\n",
    ),
    (
        "nan",
        "version = 1\n[target]\ncolumn = 'y'\nclasses = ['0', '1']\npositive = '1'\n\
      [[columns]]\nname = 'y'\nrole = 'target'\nkind = 'boolean'\n\
      [[columns]]\nname = 'x'\nrole = 'feature'\nkind = 'number'\nmin = nan\n",
    ),
    ("version-2", "version = 2\n[target]\ncolumn = 'y'\nclasses = []\n"),
    ("unknown-key", "version = 1\ncolour = 'red'\n"),
    ("date", "version = 2024-01-01T00:00:00Z\n"),
    ("huge-number", "version = 99999999999999999999999\n"),
    ("open-string", "version = 1\n[target]\ncolumn = \"y\n"),
];

/// What a description has to decide about: kinds, missing words, ids, leaks.
const TABLES: &[(&str, &str)] = &[
    (
        "kinds",
        "id,x,sex,when,word,y\n1,0.5,f,2024-01-01,a b,yes\n2,NA,m,2024-01-02,c,no\n\
      3,7,f,,d,yes\n4,1e3,m,2024-01-04,a b,no\n",
    ),
    ("three", "x,class\n1,a\n2,b\n3,c\n4,a\n"),
    ("leak", "x,copy,y\n1,0,0\n2,1,1\n3,0,0\n4,1,1\n5,0,0\n6,1,1\n"),
    ("constant", "a,b,y\n1,,0\n1,,1\n"),
    ("missing-target", "x,y\n1,\n2,1\n3,0\n"),
    ("odd-names", "\"a\"\"b\",\"two\nlines\",y\n1,2,0\n3,4,1\n"),
];

/// All of them.
pub(crate) fn write() -> Outcome {
    for (name, bytes) in CSV {
        put("csv", name, bytes)?;
        put("describe", name, bytes)?;
    }
    for (name, text) in TABLES {
        put("describe", name, text)?;
    }
    put("describe", "loans", LOANS)?;
    compressed("csv", b"a,b\n1,2\n3,4\n")?;
    for (name, bytes) in LIBSVM {
        put("libsvm", name, bytes)?;
    }
    compressed("libsvm", b"1 1:1 2:0.5\n-1 2:1\n")?;
    for (i, text) in NUMBERS.iter().enumerate() {
        put("number", &i.to_string(), text)?;
    }
    for value in [0.1f64, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), 1e23] {
        put("number", &format!("bits-{:016x}", value.to_bits()), value.to_le_bytes())?;
    }
    for (name, text) in SCHEMAS {
        put("schema", name, text)?;
    }
    put("schema", "deep", format!("version = {}", "[".repeat(2000)))?;
    put("schema", "deep-keys", "a.".repeat(2000) + "a = 1")?;
    put("schema", "credit", SCHEMA)
}

/// Both compressions, cut and damaged, and bombs beyond the cap.
pub(crate) fn compressed(target: &str, text: &[u8]) -> Outcome {
    let zipped = gzip(text)?;
    put(target, "gzip", &zipped)?;
    put(target, "gzip-twice", gzip(&zipped)?)?;
    put(target, "gzip-members", [zipped.clone(), gzip(b"5,6\n")?].concat())?;
    put(target, "gzip-cut", zipped.get(..zipped.len() / 2).unwrap_or_default())?;
    put(target, "gzip-tail", [zipped, b"tail".to_vec()].concat())?;
    put(target, "gzip-bomb", gzip(&vec![b'\n'; 1 << 20])?)?;
    let squeezed = zstd::encode_all(text, 3)?;
    put(target, "zstd", &squeezed)?;
    put(target, "zstd-cut", squeezed.get(..squeezed.len() - 3).unwrap_or_default())?;
    put(target, "zstd-bomb", zstd::encode_all(&vec![b'1'; 1 << 20][..], 19)?)?;
    put(target, "zstd-window", wide_window(text)?)
}

/// A frame that claims a window of 128 MiB.
fn wide_window(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1)?;
    encoder.window_log(27)?;
    std::io::Write::write_all(&mut encoder, text)?;
    encoder.finish()
}

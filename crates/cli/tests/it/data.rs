//! Small tables with a known law, from a seeded generator.

use std::io::Write;

/// A linear congruential generator: enough to make test data, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Roughly a standard normal number.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n - 1)
    }
}

fn chance(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// Header of the loans.
pub(crate) const HEADER: &str = "id,age,income,city,repaid";

/// Rows of the loans: older and richer people and those of Oslo repay more often.
pub(crate) fn loan_rows(rows: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|i| {
            let age = 20 + random.below(50);
            let income = (3000.0 + 900.0 * random.normal()).round();
            let city = ["Bern", "Oslo", "Rome"][random.below(3)];
            let oslo = if city == "Oslo" { 0.7 } else { 0.0 };
            let score = 0.05 * (age as f64 - 45.0) + 0.001 * (income - 3000.0) + oslo;
            let repaid = if random.uniform() < chance(score) { "yes" } else { "no" };
            format!("p{i:05},{age},{income},{city},{repaid}")
        })
        .collect()
}

/// Header and rows as a file.
pub(crate) fn csv(header: &str, rows: &[String]) -> String {
    format!("{header}\n{}\n", rows.join("\n"))
}

/// 200 loans as CSV.
pub(crate) fn loans() -> String {
    csv(HEADER, &loan_rows(200, 1))
}

/// Flowers of three species as CSV.
pub(crate) fn flowers(rows: usize, seed: u64) -> String {
    csv("length,width,species", &flower_rows(rows, seed))
}

pub(crate) fn flower_rows(rows: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    let centres = [("aster", 1.0, 2.0), ("iris", 3.0, 1.0), ("rose", 4.0, 4.0)];
    (0..rows)
        .map(|i| {
            let (name, x, y) = centres[i % 3];
            let (x, y) = (x + 1.2 * random.normal(), y + 1.2 * random.normal());
            format!("{x:.3},{y:.3},{name}")
        })
        .collect()
}

/// Rows of numbers with the label last as LIBSVM.
pub(crate) fn libsvm(rows: &[String], labels: &[(&str, &str)]) -> String {
    let line = |row: &String| {
        let (values, name) = row.rsplit_once(',').unwrap();
        let label = labels.iter().find(|l| l.0 == name).unwrap().1;
        let pairs: Vec<String> =
            values.split(',').enumerate().map(|(j, v)| format!("{}:{v}", j + 1)).collect();
        format!("{label} {}\n", pairs.join(" "))
    };
    rows.iter().map(line).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

//! What a column's name says, word by word.

/// The words of a name, lower case: split at anything but letters and digits, between letters and
/// digits, and at capitals (`customerID`, `HTTPPort2` give `customer id`, `http port 2`).
pub(super) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &c) in letters.iter().enumerate() {
        if i > 0 && starts_word(letters.get(i - 1).copied(), c, letters.get(i + 1).copied()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

fn starts_word(before: Option<char>, c: char, after: Option<char>) -> bool {
    let Some(before) = before else { return true };
    !before.is_alphanumeric()
        || (before.is_numeric() != c.is_numeric() && c.is_alphanumeric())
        || (c.is_uppercase() && before.is_lowercase())
        || (c.is_uppercase() && before.is_uppercase() && after.is_some_and(char::is_lowercase))
}

fn any(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|w| list.contains(&w.as_str()))
}

/// Words for what a person is and cannot set out to change.
const UNCHANGEABLE: &[&str] = &[
    "age",
    "ages",
    "ancestry",
    "birth",
    "birthday",
    "birthdate",
    "birthplace",
    "born",
    "caste",
    "citizenship",
    "dob",
    "ethnic",
    "ethnicity",
    "female",
    "foreign",
    "gender",
    "hispanic",
    "marital",
    "marriage",
    "married",
    "male",
    "nationality",
    "native",
    "race",
    "racial",
    "sex",
    "widowed",
    "divorced",
];

/// Words for amounts; numbers under such a name are no codes.
const AMOUNT: &[&str] = &[
    "age",
    "amount",
    "amt",
    "balance",
    "count",
    "counts",
    "days",
    "decile",
    "grade",
    "hours",
    "length",
    "level",
    "months",
    "n",
    "nr",
    "num",
    "number",
    "percent",
    "percentage",
    "price",
    "quantity",
    "rank",
    "rate",
    "rating",
    "ratio",
    "score",
    "since",
    "size",
    "stage",
    "sum",
    "times",
    "total",
    "value",
    "weeks",
    "years",
];

/// Words for codes without an order.
const NOMINAL: &[&str] = &[
    "area",
    "branch",
    "brand",
    "cat",
    "category",
    "channel",
    "citizenship",
    "city",
    "class",
    "code",
    "color",
    "colour",
    "country",
    "county",
    "department",
    "dept",
    "district",
    "edu",
    "education",
    "ethnic",
    "ethnicity",
    "gender",
    "group",
    "id",
    "industry",
    "job",
    "kind",
    "language",
    "marital",
    "marriage",
    "married",
    "nationality",
    "occupation",
    "position",
    "product",
    "province",
    "purpose",
    "race",
    "region",
    "religion",
    "sector",
    "segment",
    "sex",
    "state",
    "status",
    "type",
    "zone",
];

/// Words for codes of many digits that only look like numbers.
const POSTAL: &[&str] =
    &["fips", "iban", "naics", "phone", "postal", "postcode", "zip", "zipcode", "plz"];

/// Last words of the names of ids.
const ID: &[&str] = &["guid", "id", "idx", "index", "key", "no", "number", "uuid"];

/// Whether the name says that a person cannot change it.
pub(super) fn unchangeable(name: &str) -> bool {
    let words = words(name);
    any(&words, UNCHANGEABLE) || (words.len() == 1 && any(&words, &["single"]))
}

/// Whether the name speaks of an amount.
pub(super) fn amount(name: &str) -> bool {
    any(&words(name), AMOUNT)
}

/// Whether the name speaks of codes without an order, and not of an amount.
pub(super) fn nominal(name: &str) -> bool {
    let words = words(name);
    any(&words, NOMINAL) && !any(&words, AMOUNT)
}

/// Whether the name is that of a post code or another code of many digits.
pub(super) fn postal(name: &str) -> bool {
    any(&words(name), POSTAL)
}

/// Whether the name ends as the name of an id does.
pub(super) fn id(name: &str) -> bool {
    words(name).last().is_some_and(|w| ID.contains(&w.as_str()))
}

/// Whether the name can only be that of an id: its last word is `id`, `uuid` or `guid`.
pub(super) fn surely_id(name: &str) -> bool {
    words(name).last().is_some_and(|w| matches!(w.as_str(), "id" | "uuid" | "guid"))
}

/// Whether the whole name is a usual one for row weights.
pub(super) fn weight(name: &str) -> bool {
    let joined = words(name).join("_");
    matches!(
        joined.as_str(),
        "weight"
            | "weights"
            | "sample_weight"
            | "sampling_weight"
            | "instance_weight"
            | "case_weight"
            | "row_weight"
            | "fnlwgt"
    )
}

/// How usual a name is for a target: 0 is the most usual, `None` is not.
pub(super) fn target_rank(name: &str) -> Option<usize> {
    const USUAL: &[&str] = &[
        "target",
        "label",
        "class",
        "y",
        "outcome",
        "classlabel",
        "targetclass",
        "targetlabel",
        "response",
        "labels",
        "classes",
    ];
    let joined = words(name).concat();
    USUAL.iter().position(|&u| u == joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_into_words() {
        let cases = [
            ("customerID", "customer id"),
            ("PAY_0", "pay 0"),
            ("HTTPPort2", "http port 2"),
            ("NumberOfTime30-59DaysPastDue", "number of time 30 59 days past due"),
            ("default payment next month", "default payment next month"),
            ("r_charge.degree", "r charge degree"),
            ("Größe", "größe"),
            ("__", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn unchangeable_matches_whole_words_only() {
        for name in ["AGE", "age_cat", "Age_lt_25", "native-country", "applicantSex", "race"] {
            assert!(unchangeable(name), "{name}");
        }
        for name in ["page", "usage", "message", "average", "mortgage", "Essex", "trace", "wage"] {
            assert!(!unchangeable(name), "{name}");
        }
        assert!(unchangeable("Single") && !unchangeable("SingleEpithelialCellSize"));
    }

    #[test]
    fn amounts_are_not_nominal() {
        for name in ["SEX", "EDUCATION", "MARRIAGE", "job_type", "regionCode", "statusId"] {
            assert!(nominal(name), "{name}");
        }
        for name in ["PAY_0", "EducationLevel", "years_of_education", "education-num", "typed"] {
            assert!(!nominal(name), "{name}");
        }
    }

    #[test]
    fn ids_weights_and_targets_by_name() {
        assert!(id("ID") && id("account_number") && id("customerId") && !id("idle"));
        assert!(surely_id("patient_id") && !surely_id("policy_number"));
        assert!(weight("fnlwgt") && weight("SampleWeight") && !weight("birth_weight"));
        assert_eq!(target_rank("Class-Label"), Some(5));
        assert_eq!(target_rank("classic"), None);
    }
}

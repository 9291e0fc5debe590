//! `codes`: linear codes counted and classified, and words for classes.

use linecall::codes::{self, Book, Classified, ClassifyOptions, Counted};

use crate::args::{Codes, CodesName};
use crate::failure::{Answer, Failure};
use crate::output;
use crate::table::Grid;

/// Codes that are printed, unless all are asked for.
const SHOWN: usize = 40;

pub(crate) fn run(args: &Codes) -> Answer {
    refuse(args)?;
    let field = args.field.unwrap_or(2);
    match args.what {
        CodesName::Count => {
            let (n, k) = size(args)?;
            say(args, &codes::count(field, n, k)?, counted)?;
        }
        CodesName::Classify => {
            let (n, k) = size(args)?;
            let Codes { hull, distance, seconds, .. } = *args;
            let options = ClassifyOptions { hull, distance, seconds };
            let found = codes::classify(field, n, k, &options)?;
            let most = if args.all { usize::MAX } else { SHOWN };
            say(args, &found, |found| classified(found, most))?;
            return Ok(found.complete);
        }
        CodesName::Codebook => {
            let Some(classes) = args.classes else {
                return Err(Failure::usage("how many classes? give --classes N"));
            };
            say(args, &codes::codebook(classes, args.length, args.distance)?, book)?;
        }
    }
    Ok(true)
}

fn say<T: serde::Serialize>(
    args: &Codes,
    found: &T,
    page: impl Fn(&T) -> String,
) -> Result<(), Failure> {
    match args.common.json {
        true => output::say_json(&output::Versioned::new(found)),
        false => output::say(&page(found)),
    }
}

/// Refuses flags that mean nothing to what is asked.
fn refuse(args: &Codes) -> Result<(), Failure> {
    use CodesName::{Classify, Codebook, Count};
    let meaning: [(&str, bool, &[CodesName]); 7] = [
        ("--dimension", args.dimension.is_some(), &[Count, Classify]),
        ("--field", args.field.is_some(), &[Count, Classify]),
        ("--hull", args.hull.is_some(), &[Classify]),
        ("--classes", args.classes.is_some(), &[Codebook]),
        ("--distance", args.distance.is_some(), &[Classify, Codebook]),
        ("--seconds", args.seconds.is_some(), &[Classify]),
        ("--all", args.all, &[Classify]),
    ];
    match meaning.iter().find(|(_, given, names)| *given && !names.contains(&args.what)) {
        Some((flag, _, _)) => {
            Err(Failure::usage(format!("{flag} means nothing to this question; leave it out")))
        }
        None => Ok(()),
    }
}

fn size(args: &Codes) -> Result<(usize, usize), Failure> {
    args.length.zip(args.dimension).ok_or_else(|| {
        Failure::usage("how long, and of how many dimensions? give --length N and --dimension K")
    })
}

fn counted(of: &Counted) -> String {
    let mut grid = Grid::new(&[">hull", ">codes"]);
    for (hull, count) in of.by_hull.iter().enumerate() {
        grid.row(vec![hull.to_string(), count.clone()]);
    }
    format!(
        "Codes [{}, {}] over {} elements, by dimension of the hull (0: complementary dual):\n{}\
         \n{} codes in all, {} of them self-orthogonal. The same code with its columns in another \
         order counts again.\n",
        of.length,
        of.dimension,
        of.field,
        grid.text(),
        of.total,
        of.self_orthogonal
    )
}

fn classified(of: &Classified, most: usize) -> String {
    let mut grid =
        Grid::new(&[">distance", ">hull", ">automorphisms", ">codes", "weights", "generator"]);
    for row in of.codes.iter().take(most) {
        let weights = row.weights.iter().enumerate().filter(|(_, n)| **n > 0);
        let weights: Vec<String> = weights.map(|(w, n)| format!("{w}:{n}")).collect();
        grid.row(vec![
            row.distance.map_or_else(|| "-".to_owned(), |d| d.to_string()),
            row.hull.to_string(),
            row.automorphisms.clone(),
            row.members.clone(),
            weights.join(" "),
            row.generator.join(" "),
        ]);
    }
    let signs = if of.field == 3 { " and signs" } else { "" };
    let more = match of.codes.len().saturating_sub(most) {
        0 => String::new(),
        more => format!("and {more} more; --all prints them\n"),
    };
    let proof = match of.complete {
        true => {
            "Their members add up to the exact count of all codes, so none is missing.".to_owned()
        }
        false => "The search ended early: codes are missing.".to_owned(),
    };
    format!(
        "Codes [{}, {}] over {} elements up to the order{signs} of columns, {} of {}:\n{}{more}\n\
         {proof}\n",
        of.length,
        of.dimension,
        of.field,
        of.codes.len(),
        of.classes,
        grid.text(),
    )
}

fn book(of: &Book) -> String {
    let mut grid = Grid::new(&[">class", "word"]);
    for (class, word) in of.words.iter().enumerate() {
        grid.row(vec![(class + 1).to_string(), word.clone()]);
    }
    let proof = match of.proved {
        true => "no words for so many classes are farther apart, which is proved".to_owned(),
        false => format!("none are farther apart than {}", of.bound),
    };
    let hull = match of.hull {
        0 => "its dual is complementary (hull 0)".to_owned(),
        hull => format!("its hull has dimension {hull}"),
    };
    format!(
        "{} classes, {} learners:\n{}\nAny two words differ in at least {} bits ({proof}).\nAny {} \
         wrong bits are mended.\nThe words are of a linear code of dimension {}; {hull}.\n",
        of.classes,
        of.length,
        grid.text(),
        of.distance,
        of.corrects,
        of.dimension,
    )
}

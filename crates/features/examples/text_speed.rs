//! Times learning and encoding of a file of texts, one a line: `text_speed FILE [LOW HIGH] [REPEAT]`.

use std::time::Instant;

use linecall_data::{Cells, TextCells, TextSettings};
use linecall_features::text::TextRecipe;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("text_speed FILE [LOW HIGH] [REPEAT]")?;
    let mut number = |own: u32| arguments.next().map_or(Ok(own), |text| text.parse::<u32>());
    let (low, high, repeat) = (number(1)?, number(2)?, number(1)?);
    let text = std::fs::read_to_string(file)?;
    let mut cells = TextCells::default();
    for _ in 0..repeat {
        text.lines().for_each(|line| cells.push(line));
    }
    let bytes = text.len() * repeat as usize;
    let cells = Cells::Text(cells);
    let settings = TextSettings { ngram_range: [low, high], ..TextSettings::default() };
    let start = Instant::now();
    let recipe = TextRecipe::learn(&settings, &cells)?;
    let learnt = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let design = recipe.design("text", &cells)?;
    let encoded = start.elapsed().as_secs_f64();
    let speed = |seconds: f64| bytes as f64 / 1e6 / seconds;
    writeln(&format!(
        "{:.1} MB, {} texts, {} n-grams, {} entries: learnt in {learnt:.3} s ({:.1} MB/s), encoded in \
         {encoded:.3} s ({:.1} MB/s), both {:.1} MB/s",
        bytes as f64 / 1e6,
        cells.len(),
        recipe.width(),
        design.nnz(),
        speed(learnt),
        speed(encoded),
        speed(learnt + encoded),
    ))
}

fn writeln(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write;
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

//! Writes the report of every sample outcome into a folder:
//! `cargo run -p linecall-report --example sample -- FOLDER`.

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    for (name, outcome) in samples::all() {
        let page = linecall_report::fit_report(&outcome)?;
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), page)?;
    }
    Ok(())
}

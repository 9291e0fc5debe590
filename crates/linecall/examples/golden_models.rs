//! Writes the golden model files of version 1 and what each must hold, for `tests/model_file_golden.rs`:
//!
//! ```text
//! cargo run -p linecall --example golden_models -- FOLDER
//! ```
//!
//! The files in `tests/golden` came from this program with the first release. They stay as they
//! are: a later program must read them and write them back byte for byte.

#[path = "../tests/golden/support.rs"]
mod support;

use std::io::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder =
        std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder to write to")?;
    for (name, pipeline) in support::all()? {
        pipeline.save(folder.join(format!("{name}.linecall")))?;
        std::fs::write(folder.join(format!("{name}.json")), support::dump_text(&pipeline)?)?;
        writeln!(std::io::stdout(), "wrote {name}.linecall and {name}.json")?;
    }
    Ok(())
}

//! `completions` and `man`: made from the one definition of verbs and flags.

use clap::CommandFactory;

use crate::args::{Cli, Completions, Man};
use crate::failure::{Answer, Failure};
use crate::output;

pub(crate) fn completions(args: &Completions) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "linecall", &mut script);
    output::say(&String::from_utf8_lossy(&script))?;
    Ok(true)
}

pub(crate) fn man(args: &Man) -> Answer {
    let failed = |e: std::io::Error| Failure::Output(args.dir.clone(), e);
    std::fs::create_dir_all(&args.dir).map_err(failed)?;
    let mut command = Cli::command();
    command.build();
    let top = command.clone();
    for page in std::iter::once(&top).chain(top.get_subcommands()) {
        if page.get_name() == "help" {
            continue;
        }
        let name = match page.get_name() {
            "linecall" => "linecall".to_owned(),
            verb => format!("linecall-{verb}"),
        };
        let mut text = Vec::new();
        clap_mangen::Man::new(page.clone()).title(&name).render(&mut text).map_err(failed)?;
        output::write_file(&format!("{}/{name}.1", args.dir), &text)?;
    }
    Ok(true)
}

//! The command that was given, as a shell takes it: in full for reports, and cut down to what bears
//! on the model for the model file.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory};

use crate::args::Cli;

/// What does not bear on the model: outputs, talk and threads.
const LEFT_OUT: [&str; 10] =
    ["output", "report", "receipt", "weights", "json", "quiet", "threads", "isa", "curve", "chart"];
/// Files, which are recorded without their folder.
const FILES: [&str; 8] =
    ["model", "data", "schema", "test", "labels", "test_labels", "outside", "like"];
/// Files, unless they are written out on the command line.
const FILES_OR_TEXT: [&str; 2] = ["cost_matrix", "value"];

/// The command as it was typed, quoted for a shell.
pub(crate) fn typed(arguments: &[OsString]) -> String {
    let words = arguments.iter().skip(1).map(|word| quote(&word.to_string_lossy()));
    std::iter::once("linecall".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// The command without outputs, talk, threads and folders, in the order in which the flags are
/// defined: commands that ask for the same model have the same record.
pub(crate) fn recorded(arguments: &[OsString]) -> String {
    let mut words = vec!["linecall".to_owned()];
    let definition = Cli::command();
    let parsed = definition.clone().try_get_matches_from(arguments);
    if let Ok(parsed) = &parsed
        && let Some((name, given)) = parsed.subcommand()
        && let Some(verb) = definition.find_subcommand(name)
    {
        words.push(name.to_owned());
        words.extend(verb.get_arguments().filter_map(|flag| record(flag, given)));
    }
    words.join(" ")
}

/// The flags on the command line: the parser's name of each, and how it is typed.
pub(crate) fn given(arguments: &[OsString]) -> Vec<(String, String)> {
    let definition = Cli::command();
    let Ok(parsed) = definition.clone().try_get_matches_from(arguments) else { return Vec::new() };
    let Some((name, given)) = parsed.subcommand() else { return Vec::new() };
    let flags = definition.find_subcommand(name).into_iter().flat_map(|v| v.get_arguments());
    flags
        .map(|flag| (flag.get_id().as_str(), flag.get_long().unwrap_or_default()))
        .filter(|(id, _)| given.value_source(id) == Some(ValueSource::CommandLine))
        .map(|(id, long)| (id.to_owned(), format!("--{long}")))
        .collect()
}

/// One flag with its value, if it was given and bears on the model.
fn record(flag: &Arg, given: &ArgMatches) -> Option<String> {
    let id = flag.get_id().as_str();
    if LEFT_OUT.contains(&id) || given.value_source(id) != Some(ValueSource::CommandLine) {
        return None;
    }
    let values: Vec<String> = given.get_raw(id).into_iter().flatten().map(text).collect();
    if flag.get_long().is_none() {
        // Data files, several if need be.
        let names = values.iter().map(|value| quote(base_name(value)));
        return Some(names.collect::<Vec<_>>().join(" "));
    }
    let value = values.join(",");
    let written = FILES_OR_TEXT.contains(&id) && !value.contains('=');
    let value = if FILES.contains(&id) || written { base_name(&value) } else { &value };
    match flag.get_long() {
        None => None,
        Some(long) if !flag.get_action().takes_values() => Some(format!("--{long}")),
        Some(long) if value.starts_with('-') || flag.is_require_equals_set() => {
            Some(format!("--{long}={}", quote(value)))
        }
        Some(long) => Some(format!("--{long} {}", quote(value))),
    }
}

fn text(value: &OsStr) -> String {
    value.to_string_lossy().into_owned()
}

fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches(['/', '\\']);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_typed_command_is_quoted_for_a_shell() {
        let given = ["/bin/linecall", "fit", "a b.csv", "--target", "it's"].map(OsString::from);
        assert_eq!(typed(&given), r"linecall fit 'a b.csv' --target 'it'\''s'");
    }

    #[test]
    fn the_recorded_command_leaves_out_folders_and_outputs() {
        let given = "linecall fit /tmp/x/a.csv --target y/n -o out/m --threads 2 \
                     --schema conf/s.toml --report=r.html --quiet --seed 3";
        let want = "linecall fit a.csv --target y/n --schema s.toml --seed 3";
        assert_eq!(recorded(&words(given)), want);
    }

    #[test]
    fn the_recorded_command_names_every_file() {
        let given =
            "linecall fit d/a.npy b.npy d/parts/ --labels e/y.npy --test t --test-labels f/z";
        let want = "linecall fit a.npy b.npy parts --labels y.npy --test t --test-labels z";
        assert_eq!(recorded(&words(given)), want);
    }

    #[test]
    fn the_recorded_command_does_not_depend_on_the_order_of_flags() {
        let given = "linecall fit --seed=3 -qoout/m --target y/n --json /tmp/x/a.csv --lambda 0.1";
        let want = "linecall fit a.csv --target y/n --seed 3 --lambda 0.1";
        assert_eq!(recorded(&words(given)), want);
    }

    #[test]
    fn the_recorded_command_keeps_standard_input_lists_and_minus_signs() {
        let given = "linecall fit - --positive=-1 --target c --names a,b,c --no-intercept";
        let want = "linecall fit - --target c --positive=-1 --no-intercept --names a,b,c";
        assert_eq!(recorded(&words(given)), want);
    }
}

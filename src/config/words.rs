//! Settings in words: what is wrong with one, and the example of all.

use super::Cli;

/// Says in one line what is wrong with the command line or the environment: which setting, what
/// about it, and what would be right. Never shows a value that may be secret.
pub fn explain(error: &clap::Error, command: &clap::Command) -> String {
    use clap::error::{ContextKind, ContextValue};

    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line).to_owned();
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else {
        return line;
    };
    match variable_of(command, flag) {
        Some(variable) => format!("{variable}: {line}"),
        None => line,
    }
}

/// The environment variable behind a flag, in this command or one below.
fn variable_of(command: &clap::Command, flag: &str) -> Option<String> {
    let name = flag.split_whitespace().next()?.trim_start_matches("--");
    let here = command
        .get_arguments()
        .find(|it| it.get_long() == Some(name))
        .and_then(clap::Arg::get_env)
        .map(|it| it.to_string_lossy().into_owned());
    here.or_else(|| {
        command
            .get_subcommands()
            .find_map(|below| variable_of(below, flag))
    })
}

/// What `.env.example` must be: every setting of `serve`, in the order of their declaration, with its
/// meaning and its default.
pub fn env_example() -> String {
    use std::fmt::Write;

    use clap::CommandFactory;

    let command = Cli::command();
    let mut text = String::from(
        "# Every setting of `leasegraph serve`. Copy to `.env` and change what you need.\n",
    );
    let arguments = command
        .find_subcommand("serve")
        .map(|it| it.get_arguments().collect::<Vec<_>>())
        .unwrap_or_default();
    for argument in arguments {
        let Some(variable) = argument.get_env() else {
            continue;
        };
        text.push('\n');
        let help = argument.get_long_help().or(argument.get_help());
        for line in help.map(ToString::to_string).unwrap_or_default().lines() {
            text.push_str("# ");
            text.push_str(line);
            text.push('\n');
        }
        let default: Vec<_> = argument
            .get_default_values()
            .iter()
            .map(|it| it.to_string_lossy())
            .collect();
        let variable = variable.to_string_lossy();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{variable}={}", default.join(","));
    }
    text
}

//! [`Command`]: the slash commands.

use strsim::osa_distance;

/// A line that the user has entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Empty,
    Prompt(String),
    Command(Command),
    /// A line that begins like a command but is not one. The text says what is wrong.
    Mistake(String),
}

/// A slash command with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    /// Shows the models, or changes the model.
    Model(Option<String>),
    Tools,
    Cost,
    /// Writes the conversation into a file.
    Save(Option<String>),
    /// Continues a session: its id, its number in the list, or a file that `/save` has written.
    Load(String),
    Sessions,
    Clear,
    /// Replaces the conversation by a summary, with these instructions.
    Compact(Option<String>),
    /// Shows a tool call in full, counted back from the last one.
    Details(usize),
    System(Option<String>),
    Thinking,
    Retry,
    Quit,
}

/// The names of the commands, their argument, and what they do. `/help` and the completion show them.
pub(crate) const COMMANDS: &[(&str, &str, &str)] = &[
    ("help", "", "show the commands and keys"),
    ("model", "[NAME]", "show the models, or use another one"),
    ("tools", "", "list the tools, and those that are allowed without asking"),
    ("cost", "", "show the tokens and dollars of this session"),
    ("save", "[FILE]", "write the conversation: Markdown, or JSON if the name ends with .json"),
    ("load", "ID|N|FILE", "continue another session, by its id or its number in /sessions"),
    ("sessions", "", "list the stored sessions"),
    ("clear", "", "begin a new session"),
    ("compact", "[TEXT]", "replace the conversation by a summary, with these instructions for it"),
    ("details", "[N]", "show the last tool call in full, or the Nth last"),
    ("system", "[TEXT]", "show the system prompt, or set it"),
    ("thinking", "", "show the thinking in full, or in one line again"),
    ("retry", "", "send the last prompt again, or continue an interrupted turn"),
    ("quit", "", "leave; the session is stored"),
];

/// Reads a line.
pub(crate) fn parse(line: &str) -> Line {
    let text = line.trim();
    if text.is_empty() {
        return Line::Empty;
    }
    // A path such as `/etc/hosts: what is this?`, and a pasted text with several lines, are prompts.
    let Some(rest) = text.strip_prefix('/').filter(|rest| is_command_like(rest)) else {
        return Line::Prompt(unescape(text));
    };
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match command(&name.to_lowercase(), argument.trim()) {
        Ok(command) => Line::Command(command),
        Err(problem) => Line::Mistake(problem),
    }
}

/// Removes the backslash that continues a line, and the one before a slash that does not begin a command.
fn unescape(text: &str) -> String {
    let text = text.strip_prefix('\\').filter(|rest| rest.starts_with('/')).unwrap_or(text);
    text.replace("\\\n", "\n")
}

fn is_command_like(rest: &str) -> bool {
    let name = rest.split(char::is_whitespace).next().unwrap_or_default();
    !name.is_empty() && name.chars().all(|char| char.is_ascii_alphabetic())
}

fn command(name: &str, argument: &str) -> Result<Command, String> {
    let optional = || (!argument.is_empty()).then(|| argument.to_owned());
    let command = match name {
        "help" => Command::Help,
        "model" => Command::Model(optional()),
        "tools" => Command::Tools,
        "cost" => Command::Cost,
        "save" => Command::Save(optional()),
        "load" | "resume" => {
            Command::Load(optional().ok_or("/load needs the id or the number of a session; /sessions lists them")?)
        }
        "sessions" => Command::Sessions,
        "clear" | "new" => Command::Clear,
        "compact" => Command::Compact(optional()),
        "details" => match optional() {
            None => Command::Details(1),
            Some(number) => match number.parse() {
                Ok(number) if number > 0 => Command::Details(number),
                _ => return Err(format!("/details needs a number, such as /details 2, and not \"{number}\"")),
            },
        },
        "system" => Command::System(optional()),
        "thinking" => Command::Thinking,
        "retry" => Command::Retry,
        "quit" | "exit" | "q" => Command::Quit,
        unknown => {
            let remedy = match nearest(unknown) {
                Some(known) => format!("did you mean /{known}?"),
                None => "/help lists the commands".to_owned(),
            };
            return Err(format!("/{unknown} is not a command: {remedy} To send it as a prompt, begin with \\/"));
        }
    };
    Ok(command)
}

/// Returns the command with the most similar name.
fn nearest(name: &str) -> Option<&'static str> {
    nearest_of(name, COMMANDS.iter().map(|(known, ..)| *known))
}

/// Returns the most similar of some names, if one is similar enough to be meant.
pub(crate) fn nearest_of<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let most = (name.len() / 3).max(1);
    let rated = names.into_iter().map(|known| {
        let is_beginning = name.len() >= 2 && known.starts_with(name);
        (if is_beginning { 0 } else { osa_distance(name, known) }, known)
    });
    rated.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_command_is_read() {
        for (name, argument, _) in COMMANDS {
            let argument = if argument.is_empty() { "" } else { " 1" };
            let line = format!("/{name}{argument}");
            assert!(matches!(parse(&line), Line::Command(_)), "{line}");
        }
    }

    #[test]
    fn arguments_are_the_rest_of_the_line() {
        assert_eq!(parse("/model"), Line::Command(Command::Model(None)));
        assert_eq!(parse(" /Model  claude-opus-5-5 "), Line::Command(Command::Model(Some("claude-opus-5-5".into()))));
        assert_eq!(parse("/system Be brief."), Line::Command(Command::System(Some("Be brief.".into()))));
        assert_eq!(parse("/details 2"), Line::Command(Command::Details(2)));
        assert_eq!(parse("/compact"), Line::Command(Command::Compact(None)));
        assert_eq!(parse("/compact Keep ids."), Line::Command(Command::Compact(Some("Keep ids.".into()))));
        assert!(matches!(parse("/details 0"), Line::Mistake(_)));
        assert!(matches!(parse("/load"), Line::Mistake(_)));
    }

    #[test]
    fn a_mistake_names_the_nearest_command() {
        for (typed, meant) in [("hlep", "help"), ("modle", "model"), ("sesions", "sessions"), ("deta", "details")] {
            let Line::Mistake(text) = parse(&format!("/{typed}")) else { panic!("{typed}") };
            assert!(text.contains(&format!("did you mean /{meant}?")), "{text}");
        }
        let Line::Mistake(text) = parse("/frobnicate") else { panic!() };
        assert!(text.contains("/help lists the commands"), "{text}");
    }

    #[test]
    fn other_lines_are_prompts() {
        let prompt = |text: &str| Line::Prompt(text.to_owned());
        assert_eq!(parse("Hello /model"), prompt("Hello /model"));
        assert_eq!(parse("/etc/hosts contains what?"), prompt("/etc/hosts contains what?"));
        assert_eq!(parse("\\/model is a command"), prompt("/model is a command"));
        assert_eq!(parse("one \\\ntwo"), prompt("one \ntwo"));
        assert_eq!(parse(" \n "), Line::Empty);
    }
}

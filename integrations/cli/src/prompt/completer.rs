//! [`WordCompleter`]: completion of commands, their arguments, and `@file` paths.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reedline::{Completer, CompletionResult, Span, Suggestion};

use crate::attach::expand;
use crate::command::COMMANDS;

/// The largest number of suggestions.
const MOST: usize = 50;

/// The words that the program knows and the completion suggests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) models: Vec<String>,
    /// The ids of the sessions, with their titles.
    pub(crate) sessions: Vec<(String, String)>,
}

/// Completes the word before the cursor.
pub(super) struct WordCompleter {
    pub(super) known: Arc<Mutex<Known>>,
}

/// A suggestion for the word before the cursor.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    value: String,
    description: String,
    /// `false` for a folder, whose files can be completed next.
    is_complete: bool,
}

impl Completer for WordCompleter {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let before = line.get(..pos).unwrap_or(line);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, choices) = choices(before, &known, list_folder);
        let suggestions: Vec<Suggestion> = choices
            .into_iter()
            .take(MOST)
            .map(|choice| Suggestion {
                value: choice.value,
                description: Some(choice.description).filter(|text| !text.is_empty()),
                span: Span::new(start, pos.max(start)),
                append_whitespace: choice.is_complete,
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// Returns where the completed word begins, and the suggestions for it. `folder` lists a folder: names, and whether each
/// is a folder.
fn choices(before: &str, known: &Known, folder: impl Fn(&Path) -> Vec<(String, bool)>) -> (usize, Vec<Choice>) {
    let choice = |value: &str, description: &str| Choice {
        value: value.to_owned(),
        description: description.to_owned(),
        is_complete: true,
    };
    let start =
        before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    if let Some(name) = word.strip_prefix('/').filter(|_| start == 0) {
        let commands = COMMANDS.iter().filter(|(command, ..)| command.starts_with(name));
        return (start, commands.map(|(command, _, what)| choice(&format!("/{command}"), what)).collect());
    }
    if let Some(path) = word.strip_prefix('@') {
        return (start, files(path, "@", folder));
    }
    let words = match before[..start].trim() {
        "/model" => known.models.iter().map(|name| choice(name, "")).collect(),
        "/load" => known.sessions.iter().map(|(id, title)| choice(id, title)).collect(),
        _ => Vec::new(),
    };
    (start, words.into_iter().filter(|choice: &Choice| choice.value.starts_with(word)).collect())
}

fn files(path: &str, mark: &str, folder: impl Fn(&Path) -> Vec<(String, bool)>) -> Vec<Choice> {
    let (parent, beginning) = path.rsplit_once('/').map_or(("", path), |(parent, name)| (&path[..=parent.len()], name));
    let listed = folder(&if parent.is_empty() { ".".into() } else { expand(parent) });
    let is_wanted = |name: &str| {
        name.starts_with(beginning) && (beginning.starts_with('.') || !name.starts_with('.')) && is_plain(name)
    };
    let mut choices: Vec<Choice> = listed
        .into_iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, is_folder)| Choice {
            value: format!("{mark}{parent}{name}{}", if is_folder { "/" } else { "" }),
            description: String::new(),
            is_complete: !is_folder,
        })
        .collect();
    choices.sort_by(|a, b| a.value.cmp(&b.value));
    choices
}

/// Returns `true` if a name can be a part of a mention without quotes, and does not contain control characters.
fn is_plain(name: &str) -> bool {
    !name.chars().any(|char| char.is_whitespace() || char.is_control() || char == '"')
}

fn list_folder(path: &Path) -> Vec<(String, bool)> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.ok()?;
        Some((entry.file_name().into_string().ok()?, entry.path().is_dir()))
    };
    entries.filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(before: &str) -> (usize, Vec<String>) {
        let known = Known {
            models: vec!["claude-opus-5-5".into(), "claude-haiku-5-5".into()],
            sessions: vec![("abc1".into(), "Title".into())],
        };
        let folder = |path: &Path| match path.to_str() {
            Some(".") => [("src", true), ("Cargo.toml", false), (".git", true), ("a b", false)]
                .map(|(name, is_folder)| (name.to_owned(), is_folder))
                .to_vec(),
            Some("src/") => vec![("main.rs".to_owned(), false)],
            _ => Vec::new(),
        };
        let (start, choices) = choices(before, &known, folder);
        (start, choices.into_iter().map(|choice| choice.value).collect())
    }

    #[test]
    fn commands_are_completed_at_the_beginning() {
        assert_eq!(complete("/mo"), (0, vec!["/model".into()]));
        assert_eq!(complete("/s").1, ["/save", "/sessions", "/system"]);
        assert_eq!(complete("see /mo").1, Vec::<String>::new());
        assert_eq!(complete("/model claude-o"), (7, vec!["claude-opus-5-5".into()]));
        assert_eq!(complete("/load ").1, ["abc1"]);
    }

    #[test]
    fn files_are_completed_after_the_mark() {
        assert_eq!(complete("Explain @"), (8, vec!["@Cargo.toml".into(), "@src/".into()]));
        assert_eq!(complete("Explain @src/m"), (8, vec!["@src/main.rs".into()]));
        assert_eq!(complete("@.g").1, ["@.git/"]);
        assert_eq!(complete("jo@").1, Vec::<String>::new());
    }
}

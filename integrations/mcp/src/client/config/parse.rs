//! Reads configuration files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::config::{Config, ConfigProblem};
use super::fields::{Faults, Fields};
use super::{jsonc, launch};
use crate::text::clean_line;
use crate::{Error, Result};

/// The file of Claude Desktop, which does not expand variables.
const DESKTOP: &str = "claude_desktop_config.json";

/// Reads a file, with the variables of this process. Nothing is started.
///
/// # Errors
///
/// Returns the errors of [`parse`], and an error if the file cannot be read.
pub(crate) fn read(path: &Path, expand: Option<bool>) -> Result<Config> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist",
            std::io::ErrorKind::InvalidData => "it is not UTF-8 text",
            _ => "check its permissions",
        };
        Error::config(format!("the configuration `{}` cannot be read: {remedy}", path.display())).caused_by(error)
    })?;
    parse(&text, path, expand, |name| std::env::var(name).ok())
}

/// Reads the text of a file. `lookup` returns the value of a variable.
///
/// `expand` decides whether variables are expanded; by default they are, except in the file of Claude Desktop.
///
/// # Errors
///
/// Returns one error with every fault of the file: invalid JSON, values of the wrong kind, missing keys, and variables
/// that are not set. The text never contains a value of the file.
pub(crate) fn parse(
    text: &str,
    path: &Path,
    expand: Option<bool>,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Config> {
    let file = clean_line(&path.display().to_string(), 300).into_owned();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root: Value = serde_json::from_str(&jsonc::plain(text))
        .map_err(|error| Error::config(format!("the configuration `{file}` is not valid JSON: {error}")))?;
    let mut config = Config::default();
    let servers = servers(&root, &file, &mut config.problems)?;
    let expands = expand.unwrap_or_else(|| path.file_name().is_none_or(|name| name != DESKTOP));
    let lookup = |name: &str| lookup(name).or_else(|| editor_variable(name, path, &lookup));
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut faults = Faults::default();
    let mut ignored: BTreeMap<&str, (Vec<&str>, &str)> = BTreeMap::new();
    for (name, value) in servers {
        let Value::Object(object) = value else {
            faults.add(name, "", "must be an object");
            continue;
        };
        if name.trim().is_empty() {
            faults.add(name, "", "its name must not be empty");
        }
        let mut fields = Fields {
            server: name,
            fields: object,
            lookup: expands.then_some(&lookup),
            faults: &mut faults,
            unsupported: None,
            used: Vec::new(),
        };
        let entry = launch::entry(&mut fields, folder, &mut config.problems);
        let used = fields.used;
        let is_off = matches!(entry.launch, super::Launch::Disabled | super::Launch::Unsupported(_));
        for (key, value) in object.iter().filter(|(key, _)| !is_off && !used.contains(&key.as_str())) {
            if let Some(remedy) = launch::unused(key, value) {
                ignored.entry(key).or_insert((Vec::new(), remedy)).0.push(name);
            }
        }
        config.servers.push(entry);
    }
    if !faults.lines.is_empty() {
        return Err(invalid(&file, &faults));
    }
    config.problems.extend(ignored.into_iter().map(|(key, (servers, remedy))| {
        let names: Vec<String> = servers.iter().map(|name| format!("\"{}\"", clean_line(name, 100))).collect();
        let key = clean_line(key, 100);
        match servers.as_slice() {
            [one] => {
                ConfigProblem { server: Some((*one).to_owned()), text: format!("the key `{key}` is not used{remedy}") }
            }
            _ => ConfigProblem {
                server: None,
                text: format!("the key `{key}` of the servers {} is not used{remedy}", names.join(", ")),
            },
        }
    }));
    Ok(config)
}

/// Returns the entries of a file, under `mcpServers` or, in files of VS Code, under `servers`.
fn servers<'a>(root: &'a Value, file: &str, problems: &mut Vec<ConfigProblem>) -> Result<Vec<(&'a str, &'a Value)>> {
    let Value::Object(root) = root else {
        return Err(Error::config(format!("the configuration `{file}` must be an object")));
    };
    let mut found: Vec<(&str, &Value)> = Vec::new();
    let mut has_key = false;
    for key in ["mcpServers", "servers"] {
        match root.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Object(entries)) => {
                has_key = true;
                for (name, value) in entries {
                    if found.iter().any(|(other, _)| other == name) {
                        let text = "it is in `mcpServers` and in `servers`; the former is used".to_owned();
                        problems.push(ConfigProblem { server: Some(name.clone()), text });
                    } else {
                        found.push((name.as_str(), value));
                    }
                }
            }
            Some(_) => {
                let text = format!("the configuration `{file}` is not valid: `{key}` must be an object of servers");
                return Err(Error::config(text));
            }
        }
    }
    if has_key {
        return Ok(found);
    }
    let remedy = if root.contains_key("projects") {
        "the servers of its `projects` are not searched; copy them into a file of their own, below `mcpServers`"
    } else {
        "put the servers below `mcpServers`, as in {\"mcpServers\": {\"files\": {\"command\": \"..\"}}}"
    };
    Err(Error::config(format!("the configuration `{file}` has neither `mcpServers` nor `servers`; {remedy}")))
}

/// Returns the value of a variable that editors define.
fn editor_variable(name: &str, path: &Path, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    match name {
        "workspaceFolder" => {
            let folder = path.parent()?;
            let is_editors = folder.file_name().is_some_and(|name| name == ".vscode" || name == ".cursor");
            let folder = if is_editors { folder.parent()? } else { folder };
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            folder.to_str().map(str::to_owned)
        }
        "userHome" => lookup("HOME").or_else(|| lookup("USERPROFILE")),
        _ => None,
    }
}

fn invalid(file: &str, faults: &Faults) -> Error {
    let remedy =
        if faults.has_unset { "; set the variables, or write a default, as in `${NAME:-default}`" } else { "" };
    match faults.lines.as_slice() {
        [one] => Error::config(format!("the configuration `{file}` is not valid: {one}{remedy}")),
        many => {
            let lines: String = many.join("\n- ");
            Error::config(format!("the configuration `{file}` is not valid{remedy}:\n- {lines}"))
        }
    }
}

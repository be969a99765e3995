//! MCP servers of `.mcp.json`: which file, whether it is trusted, and the connections.

use std::path::{Path, PathBuf};

use claudette_mcp::McpServers;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::data;
use crate::error::{Problem, Result};
use crate::render::clean_line;

/// The configuration file of a project.
const PROJECT_FILE: &str = ".mcp.json";

/// A configuration file, and whether it may start programs.
#[derive(Clone, Debug)]
pub(crate) struct McpFile {
    pub(crate) path: PathBuf,
    /// The servers, one line for each, for the question.
    pub(crate) servers: Vec<String>,
    /// Identifies the file by its path and its content.
    fingerprint: String,
    is_named: bool,
}

impl McpFile {
    /// Returns the file that the user has named, or the one in the current folder.
    ///
    /// # Errors
    /// Returns an error if the named file cannot be read.
    pub(crate) fn find(named: Option<&Path>) -> Result<Option<Self>> {
        let path = named.unwrap_or(Path::new(PROJECT_FILE));
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(Self::new(path, &bytes, named.is_some()))),
            Err(_) if named.is_none() => Ok(None),
            Err(error) => Err(Problem::new(format!("the MCP file \"{}\" cannot be read: {error}", path.display()))),
        }
    }

    fn new(path: &Path, bytes: &[u8], is_named: bool) -> Self {
        let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self {
            path: path.to_owned(),
            servers: describe(&String::from_utf8_lossy(bytes)),
            fingerprint: fingerprint(&whole, bytes),
            is_named,
        }
    }

    /// Returns `true` if the user has named the file, or has trusted exactly this content at this path before.
    pub(crate) fn is_trusted(&self, list: Option<&Path>) -> bool {
        let known = || std::fs::read_to_string(list?).ok();
        self.is_named || known().is_some_and(|known| known.lines().any(|line| line == self.fingerprint))
    }

    /// Remembers that the user trusts the file. A change of the file ends this.
    pub(crate) fn trust(&self, list: Option<&Path>) -> std::io::Result<()> {
        use std::io::Write as _;
        let Some(list) = list else { return Ok(()) };
        data::create_private(list)?;
        writeln!(std::fs::OpenOptions::new().append(true).open(list)?, "{}", self.fingerprint)
    }

    /// Connects to the servers.
    ///
    /// # Errors
    /// Returns an error if the file is not valid. A server that does not connect is in the report.
    pub(crate) async fn connect(&self, trusted: &[String]) -> Result<McpServers> {
        // Another program can have changed the file while the user was reading the question.
        let bytes = tokio::fs::read(&self.path).await.map_err(Problem::from)?;
        if Self::new(&self.path, &bytes, self.is_named).fingerprint != self.fingerprint {
            return Err(Problem::new(format!("\"{}\" has changed since it was read", self.path.display())));
        }
        Ok(McpServers::from_config(&self.path).trusted(trusted.iter().cloned()).await?)
    }
}

fn fingerprint(path: &Path, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update([0]);
    hash.update(bytes);
    hash.finalize().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Returns a line for each server in a configuration file: its name, and the program or the URL. Values of variables are
/// not shown, because they can be secrets.
fn describe(text: &str) -> Vec<String> {
    let root: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let servers = ["mcpServers", "servers"].iter().find_map(|key| root.get(key)?.as_object());
    let Some(servers) = servers else { return text.lines().map(|line| clean_line(line, LONGEST)).collect() };
    servers.iter().map(|(name, server)| clean_line(&format!("{name}: {}", launch(server)), LONGEST)).collect()
}

/// The longest line of a description, in cells.
const LONGEST: usize = 2_000;

fn launch(server: &Value) -> String {
    let words = |field: &str| server[field].as_array().into_iter().flatten().map(word).collect::<Vec<_>>();
    let names =
        |field: &str| server[field].as_object().map(Map::keys).into_iter().flatten().cloned().collect::<Vec<_>>();
    let Some(command) = server.get("command") else {
        return word(server.get("url").or(server.get("serverUrl")).unwrap_or(&Value::Null));
    };
    let mut text = [vec![word(command)], words("args")].concat().join(" ");
    let variables = names("env");
    if !variables.is_empty() {
        text = format!("{text} (sets {})", variables.join(", "));
    }
    match server.get("cwd") {
        Some(folder) => format!("{text} (in {})", word(folder)),
        None => text,
    }
}

/// Returns a word of a command line, in quotes if it contains a space.
fn word(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() && !text.contains(char::is_whitespace) => text.to_owned(),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_question_shows_what_would_start() {
        let text = r#"{"mcpServers": {
            "files": {"command": "npx", "args": ["-y", "a b"], "env": {"TOKEN": "secret"}},
            "issues": {"url": "https://example.com/mcp"}
        }}"#;
        assert_eq!(describe(text), ["files: npx -y \"a b\" (sets TOKEN)", "issues: https://example.com/mcp"]);
        let hidden = "{\"mcpServers\": {\"a\\u001b[8m\": {\"command\": \"evil\\u001b]0;x\\u0007\"}}}";
        assert!(!describe(hidden).concat().contains('\u{1b}'));
    }

    #[test]
    fn a_changed_or_moved_file_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("trusted");
        let (path, moved) = (folder.path().join("a.json"), folder.path().join("b.json"));
        let file = McpFile::new(&path, b"{}", false);
        assert!(!file.is_trusted(Some(&list)));
        file.trust(Some(&list)).unwrap();
        assert!(file.is_trusted(Some(&list)) && !file.is_trusted(None));
        assert!(!McpFile::new(&path, b"{ }", false).is_trusted(Some(&list)));
        assert!(!McpFile::new(&moved, b"{}", false).is_trusted(Some(&list)));
        assert!(McpFile::new(&moved, b"{}", true).is_trusted(None));
    }
}

//! The folder with the sessions, the history of prompts and the trusted MCP files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Problem, Result};

/// Returns the data folder of this program, and creates it for this user alone.
///
/// # Errors
/// Returns an error if there is no home folder, or if the folder cannot be created.
pub(crate) fn folder() -> Result<PathBuf> {
    let home = std::env::home_dir().map(PathBuf::into_os_string);
    let folder = place(|name| std::env::var_os(name), home).ok_or_else(|| {
        Problem::new("there is no home folder for the sessions: set XDG_DATA_HOME, or use --no-store")
    })?;
    create(&folder).map_err(|error| {
        let path = folder.display();
        Problem::new(format!(
            "the data folder \"{path}\" cannot be created ({error}): set XDG_DATA_HOME, or use --no-store"
        ))
    })?;
    Ok(folder)
}

/// Returns the place of the folder by the XDG base directory specification.
fn place(variable: impl Fn(&str) -> Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let variable = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let local = || if cfg!(windows) { variable("LOCALAPPDATA") } else { None };
    let home = || Some(PathBuf::from(home.filter(|home| !home.is_empty())?).join(".local/share"));
    Some(variable("XDG_DATA_HOME").or_else(local).or_else(home)?.join("claudette"))
}

#[cfg(unix)]
fn create(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Creates a file that only this user can read, if it does not exist.
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_follows_the_xdg_specification() {
        let at = |variable: Option<&str>, home: Option<&str>| {
            place(|name| variable.filter(|_| name == "XDG_DATA_HOME").map(OsString::from), home.map(OsString::from))
        };
        assert_eq!(at(Some("/data"), Some("/home/jo")), Some("/data/claudette".into()));
        assert_eq!(at(Some("relative"), Some("/home/jo")), Some("/home/jo/.local/share/claudette".into()));
        assert_eq!(at(None, Some("/home/jo")), Some("/home/jo/.local/share/claudette".into()));
        assert_eq!(at(None, None), None);
    }
}

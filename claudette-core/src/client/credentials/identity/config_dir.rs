//! [`ConfigDir`]: the folder with the profiles of a user.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::client::credentials::environment::variable;
use crate::error::{Error, Result};

/// The variable that names the folder.
const CONFIG_DIR: &str = "ANTHROPIC_CONFIG_DIR";
/// The profile that is used if no other one is chosen.
const DEFAULT: &str = "default";
/// The maximum size of the file with the name of the active profile, in bytes.
const MOST: u64 = 4_096;

/// The folder with profiles, which all official SDKs share.
#[derive(Clone, Debug)]
pub(super) struct ConfigDir {
    path: PathBuf,
    /// `true` if the environment names the folder.
    is_chosen: bool,
}

/// The profile that is used without a choice in the environment.
pub(super) struct ActiveProfile {
    pub(super) name: String,
    /// The source of the name, for errors.
    pub(super) origin: String,
    /// `true` if the user chose the folder or the profile, so that its errors are reported.
    pub(super) is_chosen: bool,
}

impl ConfigDir {
    /// Returns the folder of the environment, or else that of the user. It need not exist.
    ///
    /// # Errors
    /// Misuse: the user has no home directory, or a variable is not valid.
    pub(super) fn find() -> Result<Self> {
        if let Some(path) = variable(CONFIG_DIR)? {
            return Ok(Self { path: path.into(), is_chosen: true });
        }
        let path = users_folder().ok_or_else(|| {
            Error::misuse(format!("the home directory is not known; set {CONFIG_DIR} to the folder with the profiles"))
        })?;
        Ok(Self { path, is_chosen: false })
    }

    /// Returns the name of the profile in the file `active_config`, or else of the default profile.
    pub(super) fn active(&self) -> ActiveProfile {
        let pointer = self.path.join("active_config");
        let mut name = String::new();
        let read = File::open(&pointer).and_then(|file| file.take(MOST).read_to_string(&mut name));
        let name = read.ok().map(|_| name.trim()).filter(|name| !name.is_empty());
        ActiveProfile {
            name: name.unwrap_or(DEFAULT).to_owned(),
            origin: pointer.display().to_string(),
            is_chosen: self.is_chosen || name.is_some(),
        }
    }

    /// Returns the file with the settings of a profile.
    ///
    /// # Errors
    /// Misuse: the file is a link to a place outside the folder.
    pub(super) fn config(&self, profile: &str) -> Result<PathBuf> {
        self.file("configs", profile)
    }

    /// Returns the file with the tokens of a profile. The errors are those of [`config`](Self::config).
    pub(super) fn credentials(&self, profile: &str) -> Result<PathBuf> {
        self.file("credentials", profile)
    }

    fn file(&self, folder: &str, profile: &str) -> Result<PathBuf> {
        let path = self.path.join(folder).join(format!("{profile}.json"));
        // A path that does not exist yet cannot be resolved, but its folder may.
        let resolved = fs::canonicalize(&path).or_else(|_| fs::canonicalize(self.path.join(folder)));
        match (resolved, fs::canonicalize(&self.path)) {
            (Ok(resolved), Ok(own)) if !resolved.starts_with(&own) => Err(Error::misuse(format!(
                "{} leads to {}, which is outside the folder {}; put the file itself there",
                path.display(),
                resolved.display(),
                self.path.display()
            ))),
            _ => Ok(path),
        }
    }
}

/// Checks the name of a profile, which becomes the name of a file. `origin` names its source in errors.
///
/// # Errors
/// Misuse: the name could lead to another folder, or is not a usable name of a file.
pub(super) fn check_name(name: &str, origin: &str) -> Result<()> {
    let flaw = if name.is_empty() {
        "is empty"
    } else if name != name.trim() {
        "begins or ends with a blank"
    } else if name.starts_with('.') {
        "begins with a dot"
    } else if name.contains(['/', '\\']) || cfg!(windows) && name.contains(':') {
        "contains a path separator"
    } else if name.contains(char::is_control) {
        "contains a control character"
    } else {
        return Ok(());
    };
    Err(Error::misuse(format!("the profile name {name:?} from {origin} {flaw}; it must be the name of a file")))
}

/// Returns a path without a `~` at its beginning.
pub(super) fn expand_home(path: &str) -> PathBuf {
    let below_home = path.strip_prefix("~/").map(Path::new).or_else(|| (path == "~").then_some(Path::new("")));
    match (below_home, std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

#[cfg(not(windows))]
fn users_folder() -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".config/anthropic"))
}

#[cfg(windows)]
fn users_folder() -> Option<PathBuf> {
    let data = std::env::var_os("APPDATA").filter(|path| !path.is_empty()).map(PathBuf::from);
    let data = data.or_else(|| Some(std::env::home_dir()?.join("AppData").join("Roaming")))?;
    Some(data.join("Anthropic"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_profiles_stay_inside_the_folder() {
        for name in ["default", "work-2", "a.b", "ä", "two words", "~"] {
            check_name(name, "a test").unwrap();
        }
        for name in ["", " ", " a", "a\n", ".", "..", ".a", "../a", "a/b", "/etc/passwd", "a\\b", "a\0b", "a\u{1b}b"] {
            let error = check_name(name, "a test").unwrap_err();
            assert!(error.is_misuse() && error.to_string().contains("a test"), "{error}");
        }
    }
}

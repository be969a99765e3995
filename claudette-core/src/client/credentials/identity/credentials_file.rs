//! [`CredentialsFile`]: a file with the tokens of a profile, which only its owner can read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::access_token::seconds;
use super::granted_token::GrantedToken;
use super::private_file::{check_private, replace};
use crate::error::{Error, Result};
use crate::task::run_blocking;

/// The maximum size of a file in bytes.
const MOST: u64 = 1 << 20;
/// The version and the type of the files.
const VERSION: &str = "1.0";
const TYPE: &str = "oauth_token";

/// The file at a path.
#[derive(Clone, Debug)]
pub(super) struct CredentialsFile(pub(super) PathBuf);

/// The content of a file. Fields that this library does not know are kept.
#[derive(Clone, Default)]
pub(super) struct StoredToken(Map<String, Value>);

impl CredentialsFile {
    /// Reads the file, or returns `None` if it does not exist.
    ///
    /// # Errors
    /// Misuse: others can read the file, it is a link, or it does not contain credentials. The error does not show its
    /// content.
    pub(super) async fn read(&self) -> Result<Option<StoredToken>> {
        let path = self.0.clone();
        run_blocking(move || read(&path)).await.unwrap_or_else(|| Err(Error::other("the runtime shuts down")))
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// The file cannot be written. Then it is unchanged.
    pub(super) async fn write(&self, token: StoredToken) -> Result<()> {
        let path = self.0.clone();
        let written = run_blocking(move || {
            let text = serde_json::to_vec_pretty(&token.0).map_err(io::Error::from)?;
            replace(&path, &text)
        });
        let written = written.await.unwrap_or_else(|| Err(io::Error::other("the runtime shuts down")));
        written.map_err(|error| {
            Error::misuse(format!("the credentials file {} cannot be written", self.0.display())).caused_by(error)
        })
    }
}

impl StoredToken {
    pub(super) fn access_token(&self) -> Option<&str> {
        self.text("access_token")
    }

    pub(super) fn refresh_token(&self) -> Option<&str> {
        self.text("refresh_token")
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// Returns the expiry in seconds since 1970.
    ///
    /// # Errors
    /// Misuse: the field is not a number.
    pub(super) fn expires_at(&self) -> Result<Option<i64>> {
        match self.0.get("expires_at") {
            None | Some(Value::Null) => Ok(None),
            Some(value) => seconds(value).map(Some).ok_or_else(|| {
                Error::misuse("`expires_at` in the credentials file is not a number of seconds since 1970")
            }),
        }
    }

    /// Returns the content with a new token. The refresh token stays if there is not a new one.
    pub(super) fn renewed(mut self, granted: &GrantedToken) -> Self {
        let mut set = |name: &str, value: Value| drop(self.0.insert(name.to_owned(), value));
        set("version", VERSION.into());
        set("type", TYPE.into());
        set("access_token", granted.access_token.as_str().into());
        set("expires_at", granted.expires_at.into());
        if let Some(token) = &granted.refresh_token {
            set("refresh_token", token.as_str().into());
        }
        self
    }
}

fn read(path: &Path) -> Result<Option<StoredToken>> {
    let refused = |reason: &str| Error::misuse(format!("the credentials file {} {reason}", path.display()));
    let failed = |error: io::Error| refused("cannot be read").caused_by(error);
    let entry = match fs::symlink_metadata(path) {
        Ok(entry) => entry,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if entry.is_symlink() {
        return Err(refused("is a symbolic link; put the file itself there"));
    }
    if !entry.is_file() {
        return Err(refused("is not a file"));
    }
    let file = File::open(path).map_err(failed)?;
    check_private(&entry, &file, refused)?;
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).map_err(failed)?;
    // The error of the parser could show a token.
    let Ok(Value::Object(fields)) = serde_json::from_slice(&text) else {
        return Err(refused("is not a JSON object"));
    };
    if fields.get("type").is_some_and(|kind| !kind.is_null() && kind != TYPE) {
        return Err(refused("has another `type` than \"oauth_token\""));
    }
    Ok(Some(StoredToken(fields)))
}

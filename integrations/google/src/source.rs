//! [`Source`]: where credentials come from.

use std::path::PathBuf;
use std::sync::Once;
use std::time::Duration;

use claudette::hosts::setting;
use claudette::{Error, Result};
use google_cloud_auth::credentials::{Credentials, mds};
use http::HeaderMap;
use rustls::crypto::{CryptoProvider, ring};

use crate::environment::{KEY_FILE, QUOTA_PROJECT, gcloud_key_file, named_key_file};
use crate::key_file::{KeyFile, SCOPE};
use crate::metadata;

/// The header with the project whose quota a request uses.
pub(crate) const QUOTA_HEADER: &str = "x-goog-user-project";

/// Where credentials come from.
pub(crate) enum Source {
    /// A file, which is read again for new credentials.
    File { path: PathBuf, origin: String },
    /// The contents of a file.
    Text(KeyFile),
    /// The metadata server of the machine.
    Metadata { host: String, project: Option<String> },
    /// Credentials of the program.
    Given(Credentials),
}

impl Source {
    /// Finds the Application Default Credentials.
    ///
    /// # Errors
    /// Misuse: a file is not valid. A connection error or a timeout: there is no file, and the metadata server does not
    /// answer.
    pub(crate) async fn find() -> Result<Self> {
        if let Some(path) = named_key_file() {
            return Self::file(path, &format!(" of {KEY_FILE}"));
        }
        let path = gcloud_key_file();
        if let Some(path) = path.clone().filter(|path| path.exists()) {
            return Self::file(path, "");
        }
        let missing = match path {
            Some(path) => format!("{KEY_FILE} is not set, {} does not exist", path.display()),
            None => format!("{KEY_FILE} is not set"),
        };
        provide_cryptography();
        let host = metadata::host()?;
        let project = metadata::project(&host, &missing).await?;
        Ok(Self::Metadata { host, project })
    }

    /// Checks a file of credentials. `of` follows its path in errors.
    ///
    /// # Errors
    /// Misuse: the file cannot be read or is not valid.
    pub(crate) fn file(path: PathBuf, of: &str) -> Result<Self> {
        let origin = format!("the file {}{of}", path.display());
        KeyFile::read(&path, &origin)?;
        Ok(Self::File { path, origin })
    }

    /// Makes credentials, whose task fetches tokens.
    ///
    /// # Errors
    /// Misuse: a file is not valid.
    pub(crate) fn open(&self) -> Result<Credentials> {
        provide_cryptography();
        match self {
            Self::Given(credentials) => Ok(credentials.clone()),
            Self::Text(file) => file.open(quota_project(Some(file))?.as_deref()),
            Self::File { path, origin } => {
                let file = KeyFile::read(path, origin)?;
                file.open(quota_project(Some(&file))?.as_deref())
            }
            Self::Metadata { .. } => {
                let builder = mds::Builder::default().with_scopes([SCOPE]);
                let builder = match quota_project(None)? {
                    Some(project) => builder.with_quota_project_id(project),
                    None => builder,
                };
                builder.build().map_err(Error::other)
            }
        }
    }

    /// Returns the project of the credentials, or else their quota project. `headers` are those of the credentials of
    /// the program.
    ///
    /// # Errors
    /// Misuse: a file is not valid.
    pub(crate) fn project(&self, headers: &HeaderMap) -> Result<Option<String>> {
        let of_file = |file: &KeyFile| {
            let project = file.project().map(str::to_owned);
            project.map_or_else(|| quota_project(Some(file)), |project| Ok(Some(project)))
        };
        match self {
            Self::Given(_) => Ok(headers.get(QUOTA_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned)),
            Self::Text(file) => of_file(file),
            Self::File { path, origin } => of_file(&KeyFile::read(path, origin)?),
            Self::Metadata { project: Some(project), .. } => Ok(Some(project.clone())),
            Self::Metadata { project: None, .. } => quota_project(None),
        }
    }

    /// Returns the time limit for a token. An external account may run a program.
    pub(crate) fn time_limit(&self) -> Duration {
        match self {
            Self::Metadata { .. } => Duration::from_secs(5),
            Self::File { .. } | Self::Text(_) | Self::Given(_) => Duration::from_mins(1),
        }
    }

    /// Returns a name for errors.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::File { origin, .. } => origin.clone(),
            Self::Text(_) => "the key file that the program gave".to_owned(),
            Self::Metadata { host, .. } => format!("the metadata server {host}"),
            Self::Given(_) => "the credentials that the program gave".to_owned(),
        }
    }
}

/// Returns the project whose quota requests use: that of the environment, or else that of the file.
///
/// # Errors
/// Misuse: the variable is not valid UTF-8.
fn quota_project(file: Option<&KeyFile>) -> Result<Option<String>> {
    let own = setting(None, &[QUOTA_PROJECT])?;
    Ok(own.or_else(|| file?.quota_project().map(str::to_owned)))
}

/// Makes *ring*, which the library uses as well, the cryptography of the HTTP client of `google-cloud-auth`, unless the
/// program has chosen another one.
fn provide_cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if CryptoProvider::get_default().is_none() {
            // If another thread was faster, its choice stands.
            let _ = ring::default_provider().install_default();
        }
    });
}

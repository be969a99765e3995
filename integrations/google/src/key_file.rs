//! [`KeyFile`]: the JSON in a file of credentials.

use std::fmt;
use std::path::Path;

use claudette::{Error, Result};
use google_cloud_auth::build_errors::Error as BuildError;
use google_cloud_auth::credentials::service_account::AccessSpecifier;
use google_cloud_auth::credentials::{
    Credentials, external_account, external_account_authorized_user, impersonated, service_account, user_account,
};
use serde_json::Value;

/// The scope of access tokens.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The kinds of credentials, which the field `type` names.
const KINDS: &str = "`service_account`, `authorized_user`, `impersonated_service_account`, `external_account` and \
                     `external_account_authorized_user`";

/// The JSON in a file of credentials.
#[derive(Clone)]
pub(crate) struct KeyFile {
    json: Value,
    /// The name of the file or of the text in errors.
    origin: String,
}

impl KeyFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Misuse: the file cannot be read or is not a file of credentials. The error does not show its contents.
    pub(crate) fn read(path: &Path, origin: &str) -> Result<Self> {
        let json = std::fs::read_to_string(path).map_err(|error| {
            let what =
                format!("{origin} cannot be read; check the path, or run `gcloud auth application-default login`");
            Error::misuse(what).caused_by(error)
        })?;
        Self::parse(&json, origin)
    }

    /// Parses the contents of a file.
    ///
    /// # Errors
    /// Misuse: the text is not JSON, or its field `type` does not name a kind of credentials. The error does not show
    /// the text.
    pub(crate) fn parse(json: &str, origin: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(json).map_err(|error| {
            // The place is enough; the message could contain a part of the text.
            Error::misuse(format!("{origin} is not JSON: line {}, column {}", error.line(), error.column()))
        })?;
        let file = Self { json, origin: origin.to_owned() };
        match file.kind() {
            Some(
                "service_account"
                | "authorized_user"
                | "impersonated_service_account"
                | "external_account"
                | "external_account_authorized_user",
            ) => Ok(file),
            Some(kind) => Err(Error::misuse(format!("{origin} has the unknown type {kind:?}; the types are {KINDS}"))),
            None => Err(Error::misuse(format!("{origin} has no field `type`; the types are {KINDS}"))),
        }
    }

    fn kind(&self) -> Option<&str> {
        self.text("type")
    }

    /// Returns the project of a service account.
    pub(crate) fn project(&self) -> Option<&str> {
        self.text("project_id")
    }

    /// Returns the project whose quota requests use.
    pub(crate) fn quota_project(&self) -> Option<&str> {
        self.text("quota_project_id")
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.json.get(field)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Makes credentials, whose task fetches tokens.
    ///
    /// # Errors
    /// Misuse: a field is missing or not valid.
    pub(crate) fn open(&self, quota_project: Option<&str>) -> Result<Credentials> {
        /// The builders have the same methods, but no trait in common.
        macro_rules! build {
            ($builder:expr) => {{
                let builder = $builder;
                match quota_project {
                    Some(project) => builder.with_quota_project_id(project),
                    None => builder,
                }
                .build()
            }};
        }
        let json = self.json.clone();
        let built: Result<Credentials, BuildError> = match self.kind() {
            Some("service_account") => {
                let scopes = AccessSpecifier::from_scopes([SCOPE]);
                build!(service_account::Builder::new(json).with_access_specifier(scopes))
            }
            Some("impersonated_service_account") => build!(impersonated::Builder::new(json).with_scopes([SCOPE])),
            Some("external_account") => build!(external_account::Builder::new(json).with_scopes([SCOPE])),
            Some("external_account_authorized_user") => {
                build!(external_account_authorized_user::Builder::new(json))
            }
            // A user has agreed to the scopes at the login.
            _ => build!(user_account::Builder::new(json)),
        };
        built.map_err(|error| Error::misuse(format!("{} is not complete or not valid", self.origin)).caused_by(error))
    }
}

/// Does not show the contents.
impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("origin", &self.origin).field("type", &self.kind()).finish_non_exhaustive()
    }
}

//! [`Profile`]: the settings of a profile, from its file and the environment.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use http::HeaderValue;
use serde_json::{Map, Value};

use super::config_dir::{ConfigDir, check_name, expand_home};
use super::credentials_file::CredentialsFile;
use super::federation::Federation;
use super::identity_token::IdentityToken;
use super::private_file::check_unshared;
use crate::client::credentials::environment::variable;
use crate::client::transport::Address;
use crate::error::{Error, Result};

/// The maximum size of a settings file in bytes.
const MOST: u64 = 1 << 20;

/// A profile of a user or of a machine.
pub(super) struct Profile {
    /// The address of the API, if the profile sets it.
    pub(super) address: Option<Address>,
    pub(super) login: Login,
    pub(super) file: CredentialsFile,
}

/// The authentication of a profile.
pub(super) enum Login {
    Federation(Federation),
    User { client_id: Option<String>, workspace: Option<HeaderValue> },
}

impl Profile {
    /// Reads the profile with this name. `origin` names the source of the name in errors.
    ///
    /// # Errors
    /// Misuse: the name is not valid, or the file is missing, can be changed by other users, or is not complete.
    pub(super) fn load(folder: &ConfigDir, name: &str, origin: &str) -> Result<Self> {
        check_name(name, origin)?;
        let path = folder.config(name)?;
        let config = Settings { fields: read(&path, name)?, place: format!("the profile {}", path.display()) };
        let authentication = config.object("authentication")?.ok_or_else(|| {
            config.refused(
                "does not contain `authentication`, an object with the `type` \"oidc_federation\" or \"user_oauth\"",
            )
        })?;
        let address = match config.text("base_url")? {
            None => None,
            Some(url) => Some(address(&url, &config.place)?),
        };
        let workspace = config.text_or("workspace_id", "ANTHROPIC_WORKSPACE_ID")?;
        let login = match authentication.text("type")?.as_deref() {
            Some("oidc_federation") => Login::Federation(federation(&config, &authentication, workspace)?),
            Some("user_oauth") => {
                let header = |text: String| {
                    HeaderValue::try_from(text)
                        .map_err(|_| config.refused("has a `workspace_id` that is not valid in HTTP"))
                };
                Login::User {
                    client_id: authentication.text("client_id")?,
                    workspace: workspace.map(header).transpose()?,
                }
            }
            other => {
                let found = other.map_or("is missing".to_owned(), |kind| format!("is {kind:?}"));
                return Err(config.refused(&format!(
                    "cannot be used: `authentication.type` {found}, and must be \"oidc_federation\" or \"user_oauth\""
                )));
            }
        };
        let file = match authentication.text("credentials_path")? {
            Some(path) => expand_home(&path),
            None => folder.credentials(name)?,
        };
        Ok(Self { address, login, file: CredentialsFile(file) })
    }
}

fn federation(config: &Settings, authentication: &Settings, workspace: Option<String>) -> Result<Federation> {
    let identity = match authentication.object("identity_token")? {
        Some(token) => {
            if token.text("source")?.as_deref() != Some("file") {
                return Err(config.refused("has an `identity_token` whose `source` is not \"file\""));
            }
            token.text("path")?.ok_or_else(|| config.refused("has an `identity_token` without a `path`"))?
        }
        None => variable("ANTHROPIC_IDENTITY_TOKEN_FILE")?.ok_or_else(|| {
            config.refused("does not contain `identity_token`, and ANTHROPIC_IDENTITY_TOKEN_FILE is not set")
        })?,
    };
    let needed =
        |name: &str, value: Option<String>| value.ok_or_else(|| config.refused(&format!("does not contain `{name}`")));
    Ok(Federation {
        rule: needed(
            "authentication.federation_rule_id",
            authentication.text_or("federation_rule_id", "ANTHROPIC_FEDERATION_RULE_ID")?,
        )?,
        organization: needed("organization_id", config.text_or("organization_id", "ANTHROPIC_ORGANIZATION_ID")?)?,
        service_account: authentication.text_or("service_account_id", "ANTHROPIC_SERVICE_ACCOUNT_ID")?,
        workspace,
        identity: IdentityToken::File(identity.into()),
    })
}

fn address(url: &str, place: &str) -> Result<Address> {
    let address = Address::parse(url, &format!("the `base_url` of {place}"))?;
    if address.is_encrypted() || address.is_loopback() {
        return Ok(address);
    }
    Err(Error::misuse(format!("the `base_url` of {place} is {address}, which is not encrypted; use https")))
}

fn read(path: &Path, name: &str) -> Result<Map<String, Value>> {
    let refused = |reason: &str| Error::misuse(format!("the profile {} {reason}", path.display()));
    let failed = |error: std::io::Error| {
        if error.kind() == ErrorKind::NotFound {
            return refused(&format!(
                "does not exist; set ANTHROPIC_PROFILE to another profile than {name:?}, or ANTHROPIC_CONFIG_DIR to the \
                 folder that contains `configs`"
            ));
        }
        refused("cannot be read").caused_by(error)
    };
    // Opening a pipe would wait for a writer.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(refused("is not a file"));
    }
    let file = File::open(path).map_err(failed)?;
    check_unshared(&file, refused)?;
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).map_err(failed)?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(refused("is not a JSON object")),
        Err(error) => Err(refused(&format!("is not valid JSON (line {}, column {})", error.line(), error.column()))),
    }
}

/// An object of settings. Empty texts count as missing.
struct Settings {
    fields: Map<String, Value>,
    place: String,
}

impl Settings {
    fn text(&self, name: &str) -> Result<Option<String>> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.trim().is_empty())),
            Some(_) => Err(self.refused(&format!("has a `{name}` that is not a text"))),
        }
    }

    /// Returns a text, or else a variable of the environment.
    fn text_or(&self, name: &str, fallback: &'static str) -> Result<Option<String>> {
        match self.text(name)? {
            Some(text) => Ok(Some(text)),
            None => variable(fallback),
        }
    }

    fn object(&self, name: &str) -> Result<Option<Self>> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Self { fields: fields.clone(), place: self.place.clone() })),
            Some(_) => Err(self.refused(&format!("has a `{name}` that is not an object"))),
        }
    }

    fn refused(&self, reason: &str) -> Error {
        Error::misuse(format!("{} {reason}", self.place))
    }
}

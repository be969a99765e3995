//! [`Identity`]: the profile or the federation that a client authenticates with.

use std::sync::{Arc, Once};

use super::config_dir::ConfigDir;
use super::federation::{FederatedTokens, Federation};
use super::identity_credentials::IdentityCredentials;
use super::identity_token::{IDENTITY_TOKEN, IdentityToken};
use super::profile::{Login, Profile};
use super::token_cache::TokenCache;
use super::token_endpoint::TokenEndpoint;
use super::token_source::TokenSource;
use super::user_login::UserTokens;
#[cfg(feature = "testing")]
use crate::client::credentials::environment::of_environment;
use crate::client::credentials::environment::variable;
use crate::client::credentials::seam::Credentials;
use crate::client::transport::{Address, HttpTransport};
use crate::error::{Error, Result};

/// The variables whose credentials come before an identity.
const FIXED: [&str; 2] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
/// The variable that names a federation rule.
const RULE: &str = "ANTHROPIC_FEDERATION_RULE_ID";
/// The variable that names a profile.
const PROFILE: &str = "ANTHROPIC_PROFILE";

/// An identity that is exchanged for access tokens.
pub(in crate::client) struct Identity(Kind);

enum Kind {
    Profile(Profile),
    /// The federation in the variables of the environment.
    Federation(Federation),
}

impl Identity {
    /// Returns the profile with this name.
    ///
    /// # Errors
    /// Misuse: the profile does not exist or is not valid.
    pub(in crate::client) fn profile(name: &str) -> Result<Self> {
        Self::load(&ConfigDir::find()?, name, "`.profile(..)`")
    }

    /// Returns the identity of the environment, or `None` if there is a key or a token, or nothing at all.
    ///
    /// # Errors
    /// Misuse: the profile that the environment names does not exist or is not valid.
    pub(in crate::client) fn of_environment() -> Result<Option<Self>> {
        for name in FIXED {
            if variable(name)?.is_some() {
                warn_if_ignored(name);
                return Ok(None);
            }
        }
        if let Some(name) = variable(PROFILE)? {
            return Self::load(&ConfigDir::find()?, &name, PROFILE).map(Some);
        }
        if let Some(federation) = federation()? {
            return Ok(Some(Self(Kind::Federation(federation))));
        }
        match Self::active() {
            Some((loaded, is_chosen)) if is_chosen || loaded.is_ok() => loaded.map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the error of the default profile, which is not used because of it. The user may not know the profile, so
    /// the error is only the cause of another one.
    pub(in crate::client) fn unusable_default() -> Option<Error> {
        Self::active()?.0.err()
    }

    /// Returns the active profile or its error, and `true` if the user chose it. Without a file there is no default
    /// profile.
    fn active() -> Option<(Result<Self>, bool)> {
        // Without a home directory there are no profiles.
        let folder = ConfigDir::find().ok()?;
        let active = folder.active();
        let exists = || folder.config(&active.name).is_ok_and(|path| path.is_file());
        let is_used = active.is_chosen || exists();
        is_used.then(|| (Self::load(&folder, &active.name, &active.origin), active.is_chosen))
    }

    fn load(folder: &ConfigDir, name: &str, origin: &str) -> Result<Self> {
        Ok(Self(Kind::Profile(Profile::load(folder, name, origin)?)))
    }

    /// Returns the address that the identity belongs to, if it names one.
    pub(in crate::client) fn address(&self) -> Option<&Address> {
        match &self.0 {
            Kind::Profile(profile) => profile.address.as_ref(),
            Kind::Federation(_) => None,
        }
    }

    /// Returns credentials for requests to an address. Identities are exchanged at the address that they belong to, or
    /// else at this one.
    ///
    /// # Errors
    /// Misuse: the address is not encrypted.
    pub(in crate::client) fn into_credentials(self, address: &Address) -> Result<Arc<dyn Credentials>> {
        let own = self.address().unwrap_or(address).clone();
        let endpoint = TokenEndpoint::at(&own, Arc::new(HttpTransport::new()))?;
        let (source, workspace): (Arc<dyn TokenSource>, _) = match self.0 {
            Kind::Federation(federation) => (Arc::new(FederatedTokens { federation, endpoint, file: None }), None),
            Kind::Profile(Profile { address, login: Login::Federation(federation), file }) => {
                // Tokens of other servers must not be in the file of the profile.
                let is_own = address.is_some() || own.is_at(&Address::official());
                (Arc::new(FederatedTokens { federation, endpoint, file: Some(file).filter(|_| is_own) }), None)
            }
            Kind::Profile(Profile { login: Login::User { client_id, workspace }, file, .. }) => {
                (Arc::new(UserTokens { client_id, file, endpoint }), workspace)
            }
        };
        Ok(Arc::new(IdentityCredentials::new(TokenCache::new(source), workspace)))
    }
}

/// Logs once that a key or a token is used in place of the environment's identity.
#[cold]
fn warn_if_ignored(used: &str) {
    static ONCE: Once = Once::new();
    let ignored = [PROFILE, RULE].into_iter().find(|name| matches!(variable(name), Ok(Some(_))));
    if let Some(ignored) = ignored {
        ONCE.call_once(|| tracing::warn!("{used} is used, so {ignored} is ignored; unset {used} to use the identity"));
    }
}

/// Returns `true` if the environment contains neither a key nor a token nor an identity.
#[cfg(feature = "testing")]
pub(crate) fn is_environment_empty() -> bool {
    matches!(of_environment(), Ok(None)) && matches!(Identity::of_environment(), Ok(None))
}

/// Returns the federation in the environment, if its variables are complete.
fn federation() -> Result<Option<Federation>> {
    let file = variable("ANTHROPIC_IDENTITY_TOKEN_FILE")?.map(|path| IdentityToken::File(path.into()));
    let identity = match file {
        None => variable(IDENTITY_TOKEN)?.map(|_| IdentityToken::Variable),
        file => file,
    };
    let (Some(rule), Some(organization), Some(identity)) =
        (variable(RULE)?, variable("ANTHROPIC_ORGANIZATION_ID")?, identity)
    else {
        return Ok(None);
    };
    Ok(Some(Federation {
        rule,
        organization,
        service_account: variable("ANTHROPIC_SERVICE_ACCOUNT_ID")?,
        workspace: variable("ANTHROPIC_WORKSPACE_ID")?,
        identity,
    }))
}

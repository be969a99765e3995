//! [`Settings`]: what a program sets, and what the environment adds.

use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use claudette::client::{BearerToken, Credentials};
use claudette::hosts::{label, setting};
use claudette::{Error, Result};

use crate::cache::CredentialCache;
use crate::host::{Address, Parts, Recipe};
use crate::provider::{Source, region_of_profile};
use crate::sigv4::SigV4;

/// The settings of a program.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) region: Option<String>,
    /// The region of a configuration of the AWS SDK.
    pub(crate) config_region: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) api_key: Option<String>,
    pub(crate) access_key: Option<(String, String)>,
    pub(crate) session_token: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) provider: Option<SharedCredentialsProvider>,
    pub(crate) workspace: Option<String>,
}

/// The authentication of requests.
enum Authentication {
    Key(BearerToken),
    Signature(Source),
}

impl Settings {
    /// Adds the values of the environment and of the profile.
    pub(crate) async fn resolve<H: Recipe>(self) -> Result<Parts> {
        let base_url = setting(self.base_url.as_deref(), &[H::BASE_URL])?;
        let (region, credentials): (_, Arc<dyn Credentials>) = match self.authentication::<H>()? {
            Authentication::Key(token) => (None, Arc::new(token)),
            Authentication::Signature(source) => {
                let region = self.region::<H>().await?;
                let (place, has_others) = (source.place(H::NAME)?, source.has_others());
                let cache = CredentialCache::new(source.provider(&region).await?, place, has_others);
                (Some(region.clone()), Arc::new(SigV4::of_host(cache, region, H::SERVICE)))
            }
        };
        // Only signatures and the default address need a region.
        let address = match (base_url, region) {
            (Some(url), _) => Address::Url(url),
            (None, Some(region)) => Address::Region(region),
            (None, None) => Address::Region(self.region::<H>().await?),
        };
        Ok(Parts { address, workspace: self.workspace, credentials })
    }

    /// Returns the region of the program, or else of the environment or of the profile.
    async fn region<H: Recipe>(&self) -> Result<String> {
        let own = [&self.region, &self.config_region].into_iter().flatten().find_map(trimmed);
        let region = match setting(own.as_deref(), &["AWS_REGION", "AWS_DEFAULT_REGION"])? {
            Some(region) => region,
            None => region_of_profile(self.own_profile().as_deref()).await.ok_or_else(no_region::<H>)?,
        };
        label(&format!("the region of {}", H::NAME), region)
    }

    fn authentication<H: Recipe>(&self) -> Result<Authentication> {
        let own_key = self.api_key.as_ref().and_then(trimmed).map(|key| ("`.api_key(..)`", key));
        let takes_precedence = own_key.is_some();
        let key = match own_key {
            Some(key) => Some(key),
            None => key_of_environment::<H>()?,
        };
        let source = self.source::<H>()?;
        match (key, source) {
            (Some((origin, _)), Some(_)) if H::KEY_EXCLUDES_AWS => Err(Error::misuse(format!(
                "{} has both a key ({origin}) and AWS credentials in the program; unset the key, or remove the access \
                 key, the profile or the provider",
                H::NAME
            ))),
            (Some((origin, key)), source) if takes_precedence || source.is_none() => {
                BearerToken::new(key).map(Authentication::Key).map_err(|error| {
                    Error::misuse(format!("the key of {} in {origin} is not valid", H::NAME)).caused_by(error)
                })
            }
            (_, Some(source)) => Ok(Authentication::Signature(source)),
            (_, None) => {
                check_environment()?;
                Ok(Authentication::Signature(Source::Chain))
            }
        }
    }

    /// Returns the AWS credentials of the program.
    fn source<H: Recipe>(&self) -> Result<Option<Source>> {
        let token = self.session_token.as_ref().and_then(trimmed);
        if let Some((id, secret)) = &self.access_key {
            let missing = match (trimmed(id), trimmed(secret)) {
                (Some(id), Some(secret)) => {
                    let keys = aws_credential_types::Credentials::new(id, secret, token, None, "claudette");
                    return Ok(Some(Source::Keys(keys)));
                }
                (Some(_), None) => "an access key without a secret",
                (None, Some(_)) => "the secret of an access key without its id",
                (None, None) => "an empty access key",
            };
            return Err(Error::misuse(format!("{} has {missing}; pass both to `.access_key(..)`", H::NAME)));
        }
        if token.is_some() {
            return Err(Error::misuse(format!(
                "{} has a session token without an access key; call `.access_key(..)`, too",
                H::NAME
            )));
        }
        Ok(self.provider.clone().map(Source::Provider).or_else(|| self.own_profile().map(Source::Profile)))
    }

    fn own_profile(&self) -> Option<String> {
        self.profile.as_ref().and_then(trimmed)
    }
}

/// Returns the value without blanks around it, or `None` if it is blank.
fn trimmed(value: impl AsRef<str>) -> Option<String> {
    Some(value.as_ref().trim().to_owned()).filter(|value| !value.is_empty())
}

/// Returns the key of the environment, with the name of its variable.
fn key_of_environment<H: Recipe>() -> Result<Option<(&'static str, String)>> {
    for name in H::API_KEYS {
        if let Some(key) = setting(None, &[name])? {
            return Ok(Some((name, key)));
        }
    }
    Ok(None)
}

/// Checks that the environment does not have one half of an access key, because the next sources would be used without a
/// word.
fn check_environment() -> Result<()> {
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let (set, unset) = match (setting(None, &[id])?, setting(None, &[secret])?) {
        (Some(_), None) => (id, secret),
        (None, Some(_)) => (secret, id),
        _ => return Ok(()),
    };
    Err(Error::misuse(format!("the environment has half of an access key: {set} is set, but {unset} is not; set both")))
}

fn no_region<H: Recipe>() -> Error {
    Error::misuse(format!(
        "{} has no region: set AWS_REGION, or the region of the profile (`aws configure`), or call `.region(..)`",
        H::NAME
    ))
}

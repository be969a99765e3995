//! The sources of AWS credentials, and the region of a profile.

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use claudette::Result;
use claudette::hosts::setting;

use crate::http_client::http_client;

/// A source of AWS credentials.
pub(crate) enum Source {
    Keys(Credentials),
    Provider(SharedCredentialsProvider),
    Profile(String),
    /// The environment, the profile of the environment, web identities, and the metadata servers of containers and
    /// machines.
    Chain,
}

impl Source {
    /// Returns `false` if the source always returns the same credentials.
    pub(crate) fn has_others(&self) -> bool {
        !matches!(self, Self::Keys(_))
    }

    /// Returns the name of a host in errors of the source, with the profile if there is one.
    ///
    /// # Errors
    /// Misuse: `AWS_PROFILE` is not UTF-8.
    pub(crate) fn place(&self, host: &str) -> Result<String> {
        Ok(match self {
            Self::Profile(name) => format!("{host} in the profile {name:?}"),
            Self::Chain => match setting(None, &["AWS_PROFILE"])? {
                Some(name) => format!("{host} with AWS_PROFILE={name}"),
                None => host.to_owned(),
            },
            _ => host.to_owned(),
        })
    }

    /// Returns the provider, which requests temporary credentials in this region.
    ///
    /// # Errors
    /// The same as for [`http_client`].
    pub(crate) async fn provider(self, region: &str) -> Result<SharedCredentialsProvider> {
        let region = Region::new(region.to_owned());
        Ok(match self {
            Self::Keys(keys) => SharedCredentialsProvider::new(keys),
            Self::Provider(provider) => provider,
            Self::Profile(name) => {
                let provider =
                    ProfileFileCredentialsProvider::builder().configure(&config(&region)?).profile_name(name);
                SharedCredentialsProvider::new(provider.build())
            }
            Self::Chain => {
                let chain = DefaultCredentialsChain::builder().configure(config(&region)?).region(region);
                SharedCredentialsProvider::new(chain.build().await)
            }
        })
    }
}

/// Returns the region of a profile, by default of the one that the environment names.
pub(crate) async fn region_of_profile(name: Option<&str>) -> Option<String> {
    let mut provider = ProfileFileRegionProvider::builder().configure(&ProviderConfig::without_region());
    if let Some(name) = name {
        provider = provider.profile_name(name);
    }
    provider.build().region().await.map(|region| region.to_string())
}

fn config(region: &Region) -> Result<ProviderConfig> {
    Ok(ProviderConfig::without_region().with_http_client(http_client()?).with_region(Some(region.clone())))
}

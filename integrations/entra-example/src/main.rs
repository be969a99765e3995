//! Claude in Microsoft Foundry with an Entra identity in place of a key.
//!
//! Log in with `az login`, set `ANTHROPIC_FOUNDRY_RESOURCE`, and run it with the name of a deployment:
//!
//! ```sh
//! cargo run -- claude-sonnet-5-5
//! ```

use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::time::OffsetDateTime;
use azure_identity::DeveloperToolsCredential;
use claudette::client::{CachedCredentials, FetchedCredentials};
use claudette::hosts::Foundry;
use claudette::{Client, Error, Result};

const SCOPE: &str = "https://ai.azure.com/.default";

/// Returns the login of `az` or `azd`. On a server, use `ManagedIdentityCredential`, `WorkloadIdentityCredential` or
/// `ClientSecretCredential`.
fn entra() -> Result<CachedCredentials> {
    let identity = DeveloperToolsCredential::new(None).map_err(Error::other)?;
    let credentials = CachedCredentials::new(move || {
        let identity = identity.clone();
        async move {
            let token = identity.get_token(&[SCOPE], None).await.map_err(Error::other)?;
            let lifetime = Duration::try_from(token.expires_on - OffsetDateTime::now_utc()).unwrap_or_default();
            Ok(FetchedCredentials::bearer(token.token.secret())?.expires_in(lifetime))
        }
    });
    Ok(credentials)
}

#[tokio::main]
async fn main() -> Result<()> {
    // The HTTP client of `azure_core` uses it.
    rustls::crypto::ring::default_provider().install_default().expect("nothing has chosen the cryptography before");
    let deployment = std::env::args().nth(1).unwrap_or_else(|| "claude-sonnet-5-5".to_owned());
    let foundry = Foundry::builder().credentials(entra()?).build()?;
    let client = Client::builder(deployment).host(foundry).build()?;
    println!("{}", client.send("Hello").await?);
    Ok(())
}

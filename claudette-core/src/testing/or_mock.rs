//! A client for the API, or for a mock server where there is no key.

use super::mock_response::MockResponse;
use super::mock_server::MockServer;
use crate::client::{Client, credentials_of_environment};

/// A client for the API if the environment has a key, and for a mock server on this machine if not.
///
/// So a program can be run, and shown, by somebody without a key. It says in one line on stderr when it stands in.
///
/// # Errors
///
/// If there is a key, what [`Client::new`] fails with; otherwise when no loopback port can be had.
///
/// # Panics
///
/// Outside a Tokio runtime.
pub async fn client_or_mock(model: &str) -> crate::Result<Client> {
    client_or_script(model, []).await
}

/// Returns what [`client_or_mock`] returns, but the mock server begins with these responses. It improvises after the last one.
///
/// A demonstration needs a script if the prompt does not say which tools to call with what.
///
/// ```
/// use claudette::testing::{self, MockResponse};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let client = testing::client_or_script("claude-sonnet-5-5", [MockResponse::text("It is snowing.")]).await?;
/// # if std::env::var_os("ANTHROPIC_API_KEY").is_none() && std::env::var_os("ANTHROPIC_AUTH_TOKEN").is_none() {
/// assert_eq!(client.send("What is the weather like?").await?.text(), "It is snowing.");
/// # }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`client_or_mock`].
///
/// # Panics
///
/// Outside a Tokio runtime.
pub async fn client_or_script(model: &str, responses: impl IntoIterator<Item = MockResponse>) -> crate::Result<Client> {
    match Client::new(model) {
        Err(_) if matches!(credentials_of_environment(), Ok(None)) => {}
        client => return client,
    }
    let claude = MockServer::auto_reply().await?;
    responses.into_iter().for_each(|response| claude.respond(response));
    let client = claude.client(model);
    eprintln!("No API key in the environment: a mock server on this machine answers ({}).", claude.url());
    // It runs until the program ends: nobody is left to hold its handle.
    std::mem::forget(claude);
    Ok(client)
}

//! A client for the API, or for a mock server if the environment does not contain credentials.

use super::mock_response::MockResponse;
use super::mock_server::MockServer;
use crate::client::{Client, is_environment_empty};

/// Returns a client for the API if the environment contains a key or another credential, and for a mock server on this
/// machine otherwise.
///
/// This lets people run a program without a key. If the mock server is used, a line on stderr reports it.
///
/// ```
/// use claudette::testing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let client = testing::client_or_mock("claude-sonnet-5-5").await?;
/// # if std::env::var_os("ANTHROPIC_API_KEY").is_none() && std::env::var_os("ANTHROPIC_AUTH_TOKEN").is_none() {
/// assert!(client.send("Hello").await?.text().starts_with("You said “Hello”."));
/// # }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The errors of [`Client::new`] if there is a key; otherwise an error if the server cannot listen on a loopback port.
///
/// # Panics
///
/// If the mock server is used, and this is called outside a Tokio runtime.
#[doc(alias = "offline")]
pub async fn client_or_mock(model: &str) -> crate::Result<Client> {
    client_or_script(model, []).await
}

/// Returns a client as [`client_or_mock`] does, with responses for the mock server to send first.
///
/// After the last of them, the mock server makes up its responses. Use this if a prompt does not contain the name and
/// the arguments of the tool to call.
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
/// The errors of [`client_or_mock`].
///
/// # Panics
///
/// If the mock server is used, and this is called outside a Tokio runtime.
pub async fn client_or_script(model: &str, responses: impl IntoIterator<Item = MockResponse>) -> crate::Result<Client> {
    match Client::new(model) {
        Err(_) if is_environment_empty() => {}
        client => return client,
    }
    let claude = MockServer::auto_reply().await?;
    responses.into_iter().for_each(|response| claude.respond(response));
    let client = claude.client(model);
    eprintln!("No API key in the environment: using a mock server on this machine ({}).", claude.url());
    // The server must run until the program ends, and no handle to it is returned.
    std::mem::forget(claude);
    Ok(client)
}

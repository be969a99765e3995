//! Rotates several API keys: each is used for two requests in turn, and a refused key is not used again.

use std::sync::Mutex;

use claudette::client::{BearerToken, Body, Credentials};
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Client, Error, Result, http};

/// The remaining keys in order of use, and the number of requests that used the first one.
struct Rotating(Mutex<(Vec<&'static str>, usize)>);

impl Credentials for Rotating {
    fn headers<'a>(&'a self, request: &'a http::Request<Body>) -> BoxFuture<'a, Result<http::HeaderMap>> {
        let mut state = self.0.lock().unwrap();
        let (keys, used) = &mut *state;
        if *used == 2 && !keys.is_empty() {
            keys.rotate_left(1);
            *used = 0;
        }
        *used += 1;
        let key = keys.first().copied();
        Box::pin(async move {
            let key = key.ok_or_else(|| Error::other("every key was refused"))?;
            BearerToken::new(key)?.headers(request).await
        })
    }

    fn refused(&self, headers: &http::HeaderMap) -> bool {
        let mut state = self.0.lock().unwrap();
        let (keys, used) = &mut *state;
        keys.retain(|key| headers["authorization"] != format!("Bearer {key}"));
        *used = 0;
        // If another key is left, the client repeats the request at once.
        !keys.is_empty()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let claude = MockServer::start().await?;
    for text in ["one", "two", "three", "", "four", "five"] {
        claude.respond(match text {
            "" => MockResponse::error(401, "authentication_error", "The key was revoked."),
            text => MockResponse::text(text),
        });
    }

    let keys = Rotating(Mutex::new((vec!["key-a", "key-b"], 0)));
    let client = Client::builder("claude-sonnet-5-5").credentials(keys).base_url(claude.url()).build()?;
    for number in 1..=5 {
        println!("{number}: {}", client.send("Next?").await?.text());
    }
    let requests = claude.requests();
    let used: Vec<&str> = requests.iter().filter_map(|request| request.header("authorization")).collect();
    println!("{used:?}");
    assert_eq!(used, ["a", "a", "b", "b", "a", "a"].map(|key| format!("Bearer key-{key}")));
    Ok(())
}

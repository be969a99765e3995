//! [`Client::models`] and [`Client::retrieve_model`]: what the API says of its models.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Deserialize;

use super::client::Client;
use super::request::EncodedRequest;
use crate::catalog::Model;
use crate::error::{Error, Result};
use crate::messages::ModelInfo;

/// The most that the API puts on a page.
const PAGE: u32 = 1000;

/// The most pages that are read. A server with more is one that never ends.
const MOST_PAGES: usize = 100;

impl Client {
    /// Retrieves all models that the API offers, newest first, without the retired ones.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = claudette::testing::MockServer::start().await?;
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let models = client.models().await?;
    /// let cheap = models.iter().find(|model| model.line() == Some("haiku")).unwrap();
    /// assert_eq!(cheap.id(), "claude-haiku-5-5");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the API or the connection to it has to say; also a list that does not end, because a page brings nothing new or
    /// there are more than 100 pages.
    pub async fn models(&self) -> Result<Vec<ModelInfo>> {
        #[derive(Deserialize)]
        struct Page {
            data: Vec<ModelInfo>,
            #[serde(default)]
            has_more: bool,
        }
        let mut models: Vec<ModelInfo> = Vec::new();
        for _ in 0..MOST_PAGES {
            let last = models.last().map(|last| last.id().to_owned());
            let after = last.as_ref().map_or(String::new(), |last| format!("&after_id={}", escaped(last)));
            let call = EncodedRequest::get(format!("/v1/models?limit={PAGE}{after}"));
            let page: Page = self.fetch(&call, "list of models").await?;
            models.extend(page.data);
            if !page.has_more {
                return Ok(models);
            }
            // The next page would be this one again.
            if models.last().map(ModelInfo::id) == last.as_deref() {
                break;
            }
        }
        let what = format!("the list of models does not end: the server announces more after {} models", models.len());
        Err(Error::unreadable(what, b""))
    }

    /// Retrieves what the API says of one model.
    ///
    /// Its [`profile`](ModelInfo::profile) can replace the row of the table here, for a model that is newer than this
    /// library, or for rules that have changed:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = claudette::testing::MockServer::start().await?;
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let info = client.retrieve_model("claude-sonnet-5-5").await?;
    /// assert_eq!(info.max_tokens(), Some(128_000));
    /// let client = client.with_profile(info.profile());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A 404 ([`Error::status`]) for a model that the API does not know; otherwise what the API or the connection to it
    /// has to say.
    pub async fn retrieve_model(&self, id: impl Into<Model>) -> Result<ModelInfo> {
        let id = id.into();
        if id.as_str().trim().is_empty() {
            return Err(Error::misuse("no model has an empty name"));
        }
        let call = EncodedRequest::get(format!("/v1/models/{}", escaped(id.as_str())));
        self.fetch(&call, "model").await
    }
}

/// All that a path segment and a query value do not contain as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the text as one segment of a path, or as one value of a query.
fn escaped(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(escaped("claude-haiku-4-5").to_string(), "claude-haiku-4-5");
        assert_eq!(escaped("eu/claude?x=1 é").to_string(), "eu%2Fclaude%3Fx%3D1%20%C3%A9");
    }
}

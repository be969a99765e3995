//! [`Client::models`] and [`Client::retrieve_model`]: the models that the API offers.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Deserialize;

use super::client::Client;
use super::hosts::OperationKind;
use crate::catalog::Model;
use crate::error::{Error, Result};
use crate::messages::ModelInfo;

/// The maximum number of models on a page of the API.
const PAGE: u32 = 1000;

/// The maximum number of pages that are read: a longer list probably does not end.
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
    /// A failure of the API or of the connection to it, or a list that does not end: a page contains no new models, or
    /// there are more than 100 pages.
    #[doc(alias = "list models")]
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
            let call = self.get_request(OperationKind::Models, &format!("/v1/models?limit={PAGE}{after}"))?;
            let page: Page = self.fetch(&call, "list of models").await?;
            models.extend(page.data);
            if !page.has_more {
                return Ok(models);
            }
            // The next request would return the same page.
            if models.last().map(ModelInfo::id) == last.as_deref() {
                break;
            }
        }
        let what = format!("the list of models does not end: the server announces more after {} models", models.len());
        Err(Error::unreadable(what, b""))
    }

    /// Retrieves the API's description of one model.
    ///
    /// Its [`profile`](ModelInfo::profile) can replace the built-in one, if the model is newer than this library or its
    /// rules have changed:
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
    /// A 404 ([`Error::status`]) if the API does not know the model, or another failure of the API or of the connection
    /// to it.
    pub async fn retrieve_model(&self, id: impl Into<Model>) -> Result<ModelInfo> {
        let id = id.into();
        if id.as_str().trim().is_empty() {
            return Err(Error::misuse("the name of the model is empty"));
        }
        let call = self.get_request(OperationKind::Models, &format!("/v1/models/{}", escaped(id.as_str())))?;
        self.fetch(&call, "model").await
    }
}

/// The characters that are percent-encoded in a path segment or a query value.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes a text as one path segment or one query value.
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

//! [`Image`]: a picture for the model to see.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::source::Source;
use crate::messages::cache_control::cacheable;
use crate::messages::tag::tags;

tags! { ImageTag = "image" }

/// A picture for the model to see: JPEG, PNG, GIF or WebP
/// ([Vision](https://docs.claude.com/en/docs/build-with-claude/vision)).
///
/// ```
/// use claudette::{Image, Message};
///
/// let message = Message::user((Image::url("https://example.com/cat.png"), "What is this?"));
/// assert_eq!(
///     serde_json::to_string(&message)?,
///     r#"{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/cat.png"}},{"type":"text","text":"What is this?"}]}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    r#type: ImageTag,
    source: Box<Source>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

cacheable!(Image);

impl Image {
    /// An image that is base64 text already. `media_type` is `image/jpeg`, `image/png`, `image/gif` or `image/webp`.
    pub fn from_base64(media_type: impl Into<String>, data: impl Into<String>) -> Self {
        Self::new(Source::of_base64(media_type, data))
    }

    /// An image that the API fetches itself.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::of_url(url))
    }

    /// An image among the files that were uploaded.
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::new(Source::of_file(id))
    }

    /// Has the API scale the image down if it is too large, or refuse it.
    pub fn downsize(mut self, downsize: bool) -> Self {
        let how = if downsize { "downsize" } else { "error" };
        self.extra.insert("transformations".into(), json!({"oversized_image": how}));
        self
    }

    /// Where the image is.
    pub fn source(&self) -> &Source {
        &self.source
    }

    fn new(source: Box<Source>) -> Self {
        Self { r#type: ImageTag, source, extra: Map::new() }
    }
}

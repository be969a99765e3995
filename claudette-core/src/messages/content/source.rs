//! [`Source`]: the data of an image or a document.

use serde::{Deserialize, Serialize};

use super::ContentBlock;
use super::result_content::ResultContent;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;

/// The data of an image or a document, or a reference to it. The [`kind`](Self::kind) determines which methods return a
/// value.
///
/// ```
/// use claudette::Image;
///
/// let image = Image::url("https://example.com/cat.png");
/// assert_eq!(image.source().kind(), "url");
/// assert_eq!(image.source().url(), Some("https://example.com/cat.png"));
/// assert_eq!(image.source().data(), None);
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    r#type: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    media_type: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    data: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    content: Lenient<ResultContent>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    url: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    file_id: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Source);

impl Source {
    /// Returns the `type` of the source: `base64`, `text`, `content`, `url`, `file`, or a type that the API adds later.
    pub fn kind(&self) -> &str {
        &self.r#type
    }

    /// Returns the media type of the data, such as `image/png`, for the kinds `base64` and `text`.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.known().map(String::as_str)
    }

    /// Returns the data: base64 text for the kind `base64`, plain text for the kind `text`.
    pub fn data(&self) -> Option<&str> {
        self.data.known().map(String::as_str)
    }

    /// Returns the text or the blocks, for the kind `content`.
    pub fn content(&self) -> Option<&ResultContent> {
        self.content.known()
    }

    /// Returns the URL, for the kind `url`.
    pub fn url(&self) -> Option<&str> {
        self.url.known().map(String::as_str)
    }

    /// Returns the file id, for the kind `file`.
    pub fn file_id(&self) -> Option<&str> {
        self.file_id.known().map(String::as_str)
    }

    pub(super) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        self.content.known_mut().map_or(&mut [], ResultContent::blocks_mut)
    }

    pub(super) fn of_base64(media_type: impl Into<String>, data: impl Into<String>) -> Box<Self> {
        Self { media_type: Lenient::Known(media_type.into()), data: Lenient::Known(data.into()), ..Self::of("base64") }
            .into()
    }

    pub(super) fn of_text(text: impl Into<String>) -> Box<Self> {
        let media_type = Lenient::Known("text/plain".into());
        Self { media_type, data: Lenient::Known(text.into()), ..Self::of("text") }.into()
    }

    pub(super) fn of_content(content: impl Into<ResultContent>) -> Box<Self> {
        Self { content: Lenient::Known(content.into()), ..Self::of("content") }.into()
    }

    pub(super) fn of_url(url: impl Into<String>) -> Box<Self> {
        Self { url: Lenient::Known(url.into()), ..Self::of("url") }.into()
    }

    pub(super) fn of_file(id: impl Into<String>) -> Box<Self> {
        Self { file_id: Lenient::Known(id.into()), ..Self::of("file") }.into()
    }

    fn of(kind: &str) -> Self {
        Self {
            r#type: kind.into(),
            media_type: Lenient::Absent,
            data: Lenient::Absent,
            content: Lenient::Absent,
            url: Lenient::Absent,
            file_id: Lenient::Absent,
            extra: Extra::default(),
        }
    }
}

//! [`Image`]: a picture for the model to see.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::image_format;
use super::source::Source;
use crate::display::brief;
use crate::json::Extra;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { ImageTag = "image" }

/// A picture for the model to see: JPEG, PNG, GIF or WebP.
///
/// An image is part of a prompt, best before the question, or of a tool's output. The API accepts at most 10 MB per image
/// in base64, which are 7,864,320 bytes before they are encoded, and sides of at most 8,000 px. If a request has more than
/// 20 images, their sides have at most 2,000 px. A request has at most 600 images (100 for models with a context window of
/// 200,000 tokens) and 32 MB in all ([Vision](https://docs.claude.com/en/docs/build-with-claude/vision),
/// [request size limits](https://docs.claude.com/en/api/overview#request-size-limits)). In a chat, the images of earlier
/// turns are sent again and count with each request. Amazon Bedrock and Google Cloud accept images from bytes only, not by
/// URL or file.
///
/// A tool's output with an image that the API would refuse is an error result, and a history with one is not accepted.
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
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    r#type: ImageTag,
    source: Box<Source>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Image);
cacheable!(Image);

impl Image {
    /// An image that is base64 text already. `media_type` is `image/jpeg`, `image/png`, `image/gif` or `image/webp`, and
    /// has to match the bytes. This constructor does not check the text; the API refuses what
    /// [`from_bytes`](Self::from_bytes) does.
    pub fn from_base64(media_type: impl Into<String>, data: impl Into<String>) -> Self {
        Self::new(Source::of_base64(media_type, data))
    }

    /// An image that the API fetches itself, from a public address.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::of_url(url))
    }

    /// An image among the files that were uploaded ([Files](https://docs.claude.com/en/docs/build-with-claude/files)): sent
    /// once, named in as many requests as you like. A file has at most 500 MB, and an image no more pixels than elsewhere.
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::new(Source::of_file(id))
    }

    /// What the API does with an image that is larger than the model sees: `true` has it scaled down, as it is without
    /// this setting; with `false` the request is refused, and the error names the largest size that fits. So it can be
    /// relied on that a point which the model names is one of the image that was sent.
    ///
    /// A side of more than 8,000 px is refused in any case.
    pub fn downsize(mut self, downsize: bool) -> Self {
        let how = if downsize { "downsize" } else { "error" };
        self.extra.insert("transformations".into(), json!({"oversized_image": how}));
        self
    }

    /// Where the image is.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Why the API would refuse this image, as far as its base64 text shows. An image by URL or file is left to the API.
    pub(super) fn refusal(&self) -> Option<String> {
        let source = &self.source;
        if source.kind() != "base64" {
            return None;
        }
        let why = image_format::refusal(source.media_type()?, source.data()?)?;
        Some(format!("an image cannot be sent: {why}"))
    }

    /// The longest side in pixels, if the bytes are here and say so.
    pub(in crate::messages) fn longest_side(&self) -> Option<usize> {
        image_format::longest_side(self.source.data().filter(|_| self.source.kind() == "base64")?)
    }

    fn new(source: Box<Source>) -> Self {
        Self { r#type: ImageTag, source, extra: Extra::default() }
    }
}

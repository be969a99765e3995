//! [`Image`]: an image for the model to see.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::image_format;
use super::source::Source;
use crate::display::brief;
use crate::json::Extra;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { ImageTag = "image" }

/// An image for the model to see: JPEG, PNG, GIF or WebP.
///
/// An image is part of a prompt, best before the question, or of a tool's output. The API has these limits
/// ([Vision](https://platform.claude.com/docs/en/build-with-claude/vision),
/// [request size limits](https://platform.claude.com/docs/en/api/overview#request-size-limits)):
///
/// - Each image has at most 10 MB in base64, which is 7,864,320 bytes before encoding.
/// - Each side has at most 8,000 px, or 2,000 px if the request has more than 20 images.
/// - A request has at most 600 images (100 for models with a context window of 200,000 tokens) and 32 MB in total. In a
///   chat, the images of earlier turns are sent again and count in each request.
/// - Amazon Bedrock and Google Cloud accept images as bytes only, not by URL or file.
///
/// If a tool returns an image that the API would refuse, its result is an error. A history that contains such an image
/// is not accepted.
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
#[doc(alias = "vision")]
#[doc(alias = "picture")]
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
    /// Creates an image from base64 text. `media_type` is `image/jpeg`, `image/png`, `image/gif` or `image/webp`, and
    /// must match the bytes. This constructor does not check the data; [`from_bytes`](Self::from_bytes) does.
    pub fn from_base64(media_type: impl Into<String>, data: impl Into<String>) -> Self {
        Self::new(Source::of_base64(media_type, data))
    }

    /// Creates an image from a public URL. The API fetches it.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::of_url(url))
    }

    /// Creates an image from the id of an uploaded file
    /// ([Files](https://platform.claude.com/docs/en/build-with-claude/files)). A file is uploaded once and can be used
    /// in any number of requests. It may have up to 500 MB; the limits on pixels are the same.
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::new(Source::of_file(id))
    }

    /// Sets what the API does with an image that has more pixels than the model can see. With `true`, the default, the
    /// API scales the image down. With `false`, it refuses the request, and the error names the largest size that fits.
    /// Coordinates in the response then always refer to the image that was sent.
    ///
    /// A side of more than 8,000 px is always refused.
    pub fn downsize(mut self, downsize: bool) -> Self {
        let how = if downsize { "downsize" } else { "error" };
        self.extra.insert("transformations".into(), json!({"oversized_image": how}));
        self
    }

    /// Returns the source of the image: its data, URL or file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the reason for which the API would refuse this image, as far as its base64 text shows. An image by URL
    /// or file is not checked.
    pub(super) fn refusal(&self) -> Option<String> {
        let source = &self.source;
        if source.kind() != "base64" {
            return None;
        }
        let why = image_format::refusal(source.media_type()?, source.data()?)?;
        Some(format!("an image cannot be sent: {why}"))
    }

    /// Returns the longest side in pixels, if the image is base64 text and its header can be read.
    pub(in crate::messages) fn longest_side(&self) -> Option<usize> {
        image_format::longest_side(self.source.data().filter(|_| self.source.kind() == "base64")?)
    }

    fn new(source: Box<Source>) -> Self {
        Self { r#type: ImageTag, source, extra: Extra::default() }
    }
}

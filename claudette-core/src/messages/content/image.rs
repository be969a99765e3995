//! [`Image`]: a picture for the model to see.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::origin::{AS_BASE64, Origin};
use super::picture;
use super::source::Source;
use crate::error::Result;
use crate::messages::brief::brief;
use crate::messages::cache_control::cacheable;
use crate::messages::extra::Extra;
use crate::messages::tag::tags;

tags! { ImageTag = "image" }

/// A picture for the model to see: JPEG, PNG, GIF or WebP.
///
/// It stands in a prompt, best before the question, or in what a tool returns. The API takes no side of more than 8,000 px,
/// and of more than 2,000 px where a request has more than 20 images; it takes at most 600 images in a request (100 for
/// models with a context window of 200,000 tokens), all within the 32 MB of the request
/// ([Vision](https://docs.claude.com/en/docs/build-with-claude/vision),
/// [request size limits](https://docs.claude.com/en/api/overview#request-size-limits)). In a chat all of this counts with
/// each request, for the images of earlier turns are sent again. Amazon Bedrock and Google Cloud take images from bytes
/// alone, not by address or file.
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
    /// An image, from its bytes. Its kind is read from them; nothing is decoded, scaled or written anew.
    ///
    /// # Errors
    ///
    /// What the API would refuse is misuse ([`Error::is_misuse`](crate::Error::is_misuse)), and the error says what to do:
    /// bytes that are no image, or one of another kind than JPEG, PNG, GIF and WebP; a header that is cut short; a side of
    /// no pixel at all or of more than 8,000, which [`downsize`](Self::downsize) does not change; more than 25,165,824
    /// bytes (24 MiB), which in base64 fill a request.
    ///
    /// ```
    /// use claudette::Image;
    ///
    /// // A header is enough to tell: GIF, 640 × 480 px.
    /// let image = Image::from_bytes(b"GIF89a\x80\x02\xE0\x01\x00\x00\x00;")?;
    /// assert_eq!(image.source().media_type(), Some("image/gif"));
    ///
    /// let error = Image::from_bytes(b"II*\0\x08\0\0\0\0\0\0\0").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the image cannot be sent: it begins like TIFF, and the API takes JPEG, PNG, GIF and WebP; convert it to one of them",
    /// );
    /// # Ok::<(), claudette::Error>(())
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::read(bytes.as_ref(), &Origin::memory("image"))
    }

    /// An image, from a file. Its kind is read from the bytes, whatever the file is called.
    ///
    /// The file is read on a thread of the runtime's that may wait, and not beyond what can be sent.
    ///
    /// # Errors
    ///
    /// As [`from_bytes`](Self::from_bytes), naming the path. A file that cannot be read is misuse as well, for nothing was
    /// sent: the [`std::io::Error`] is the source.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use std::error::Error as _;
    ///
    /// use claudette::Image;
    ///
    /// let error = Image::from_path("no/such/cat.png").await.unwrap_err();
    /// assert!(error.is_misuse());
    /// assert!(error.to_string().starts_with("the image `no/such/cat.png` cannot be read"));
    /// let cause = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    /// assert_eq!(cause.map(std::io::Error::kind), Some(std::io::ErrorKind::NotFound));
    /// # }
    /// ```
    pub async fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Origin::read("image", path.as_ref(), AS_BASE64, Self::read).await
    }

    /// An image that is base64 text already. `media_type` is `image/jpeg`, `image/png`, `image/gif` or `image/webp`, and
    /// has to be what the bytes are. Nothing is looked at before the API does.
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

    fn read(bytes: &[u8], origin: &Origin) -> Result<Self> {
        origin.fits(bytes.len() as u64, AS_BASE64)?;
        let media_type = picture::media_type(bytes).map_err(|why| origin.refused(why))?;
        Ok(Self::from_base64(media_type, STANDARD.encode(bytes)))
    }

    fn new(source: Box<Source>) -> Self {
        Self { r#type: ImageTag, source, extra: Extra::default() }
    }
}

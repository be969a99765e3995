//! Images from bytes and files.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::file_loader::{Limit, Origin};
use crate::error::Result;
use crate::messages::{Image, image_format};

impl Image {
    /// An image, from its bytes. Its kind is read from them; nothing is decoded, scaled or written anew.
    ///
    /// # Errors
    ///
    /// Bytes that the API would refuse are misuse ([`Error::is_misuse`](crate::Error::is_misuse)), and the error names the
    /// remedy: bytes that are not an image, or not a JPEG, PNG, GIF or WebP; a header that is cut short; a side of 0 px or
    /// of more than 8,000 px, whatever [`downsize`](Self::downsize) says; more than 7,864,320 bytes, which are 10 MB in
    /// base64.
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
        Origin::read("image", path.as_ref(), Limit::Image, Self::read).await
    }

    fn read(bytes: &[u8], origin: &Origin) -> Result<Self> {
        origin.fits(bytes.len() as u64, Limit::Image)?;
        let media_type = image_format::media_type(bytes).map_err(|why| origin.refused(why))?;
        Ok(Self::from_base64(media_type, STANDARD.encode(bytes)))
    }
}

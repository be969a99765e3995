//! [`Image`] from bytes and files.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::file_loader::{Limit, Origin};
use crate::error::Result;
use crate::messages::{Image, image_format};

impl Image {
    /// Creates an image from its bytes.
    ///
    /// The media type is read from the bytes, which are not decoded, scaled or encoded again.
    ///
    /// # Errors
    ///
    /// Returns a misuse error ([`Error::is_misuse`](crate::Error::is_misuse)) with the remedy if the API would refuse
    /// the image:
    ///
    /// - the bytes are not a JPEG, PNG, GIF or WebP image, or the header is truncated;
    /// - a side has 0 px or more than 8,000 px, even with [`downsize`](Self::downsize);
    /// - the image has more than 7,864,320 bytes, which are 10 MiB in base64.
    ///
    /// ```
    /// use claudette::Image;
    ///
    /// // The header of a GIF of 640 × 480 px.
    /// let image = Image::from_bytes(b"GIF89a\x80\x02\xE0\x01\x00\x00\x00;")?;
    /// assert_eq!(image.source().media_type(), Some("image/gif"));
    ///
    /// let error = Image::from_bytes(b"II*\0\x08\0\0\0\0\0\0\0").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the image cannot be sent: it begins like TIFF, but the API accepts JPEG, PNG, GIF and WebP; convert it to one of them",
    /// );
    /// # Ok::<(), claudette::Error>(())
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::read(bytes.as_ref(), &Origin::memory("image"))
    }

    /// Creates an image from a file.
    ///
    /// The media type is read from the bytes, not from the name of the file. The file is read on a blocking thread of
    /// the runtime, at most up to the size limit.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_bytes`](Self::from_bytes), with the path. A file that cannot be read is a misuse
    /// error too, because nothing was sent; its source is the [`std::io::Error`].
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

//! [`Document`] from bytes and files.

use std::path::Path;

use memchr::memmem;

use super::file_loader::{Limit, Origin};
use crate::error::Result;
use crate::messages::{Document, image_format};

impl Document {
    /// Creates a document from the bytes of a PDF or a plain text.
    ///
    /// A PDF begins with `%PDF-`, possibly after a few other bytes. A text must be UTF-8; a byte order mark is removed.
    ///
    /// # Errors
    ///
    /// Returns a misuse error ([`Error::is_misuse`](crate::Error::is_misuse)) with the remedy if:
    ///
    /// - the bytes are empty, or neither a PDF nor text;
    /// - a PDF has more than 25,165,824 bytes (24 MiB), which fill a request in base64;
    /// - a text has more than 33,554,432 bytes (32 MiB).
    ///
    /// ```
    /// use claudette::Document;
    ///
    /// let orders = Document::from_bytes("Order C1 shipped on Monday.")?;
    /// assert_eq!(orders.source().media_type(), Some("text/plain"));
    /// assert_eq!(orders.source().data(), Some("Order C1 shipped on Monday."));
    /// assert_eq!(Document::from_bytes(b"%PDF-1.7 ...")?.source().media_type(), Some("application/pdf"));
    ///
    /// let error = Document::from_bytes(b"PK\x03\x04\xFF").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the document cannot be sent: it is neither a PDF nor UTF-8 text; convert it to one of them",
    /// );
    /// # Ok::<(), claudette::Error>(())
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::read(bytes.as_ref(), &Origin::memory("document"))
    }

    /// Creates a document from a file that contains a PDF or a plain text.
    ///
    /// The title is the name of the file; [`title`](Self::title) replaces it. The file is read on a blocking thread of
    /// the runtime, at most up to the size limit.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_bytes`](Self::from_bytes), with the path. A file that cannot be read is a misuse
    /// error too, because nothing was sent; its source is the [`std::io::Error`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use claudette::Document;
    ///
    /// # let path = std::env::temp_dir().join(format!("claudette-{}", std::process::id()));
    /// # std::fs::create_dir_all(&path)?;
    /// # let path = path.join("orders.txt");
    /// std::fs::write(&path, "Order C1 shipped on Monday.")?;
    /// let orders = Document::from_path(&path).await?.citations(true);
    /// assert_eq!(orders.given_title(), Some("orders.txt"));
    /// # std::fs::remove_dir_all(path.with_file_name(""))?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Origin::read("document", path.as_ref(), Limit::Text, Self::read).await
    }

    fn read(bytes: &[u8], origin: &Origin) -> Result<Self> {
        const PDF: &[u8] = b"%PDF-";
        // Some editors write this mark at the beginning of UTF-8 text.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let length = bytes.len() as u64;
        if length == 0 {
            return Err(origin.refused("it is empty; provide a PDF or text"));
        }
        origin.fits(length, Limit::Text)?;
        let text = str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        // A text can contain the mark of a PDF, so it counts in a text only at the beginning.
        let start = if text.is_some() { PDF.len() } else { 1_024 };
        let document = if memmem::find(&bytes[..bytes.len().min(start)], PDF).is_some() {
            origin.fits(length, Limit::Base64)?;
            Self::pdf(bytes)
        } else if let Some(text) = text {
            Self::text(text)
        } else if image_format::media_type(bytes).is_ok() {
            return Err(origin.refused("it is an image; send it as an `Image`"));
        } else {
            return Err(origin.refused("it is neither a PDF nor UTF-8 text; convert it to one of them"));
        };
        Ok(match origin.file_name() {
            Some(name) => document.title(name),
            None => document,
        })
    }
}

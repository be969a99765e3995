//! Images and PDFs, accepted by their bytes and never by their label.

use claudette::wire::ContentBlock;
use claudette::{Document, Image};

use super::{base64, complete};

/// The largest image that is decoded, in bytes of base64. The API accepts 10 MiB.
const LARGEST_IMAGE: usize = 11 << 20;

/// Returns an image, or the reason that the API would not accept it.
pub(super) fn image(data: &str) -> Result<Image, String> {
    if data.len() > LARGEST_IMAGE {
        return Err("it is too large".to_owned());
    }
    let bytes = base64::decode(data).ok_or("its data is not base64")?;
    image_of(&bytes)
}

fn image_of(bytes: &[u8]) -> Result<Image, String> {
    let image = Image::from_bytes(bytes).map_err(|error| {
        let text = error.to_string();
        let why = text.split_once("cannot be sent: ").map_or(text.as_str(), |(_, why)| why);
        why.split("; ").next().unwrap_or(why).to_owned()
    })?;
    if complete::image(bytes) { Ok(image) } else { Err("its data is damaged or incomplete".to_owned()) }
}

/// The content of a blob.
pub(super) enum Blob {
    Image(Image),
    Pdf(Document),
    Text(String),
    /// Data that the model cannot read, and the reason if it looked like something that the model can.
    Other(Option<String>),
}

/// Reads a blob. The label decides only whether UTF-8 is text.
pub(super) fn blob(data: &str, mime: Option<&str>) -> Blob {
    let Some(bytes) = base64::decode(data) else { return Blob::Other(Some("its data is not base64".to_owned())) };
    if bytes.starts_with(b"%PDF-") {
        return match Document::from_bytes(&bytes) {
            Ok(document) if complete::pdf(&bytes) => Blob::Pdf(document),
            Ok(_) => Blob::Other(Some("the PDF is incomplete or encrypted".to_owned())),
            Err(_) => Blob::Other(Some("the PDF is too large".to_owned())),
        };
    }
    match image_of(&bytes) {
        Ok(image) => return Blob::Image(image),
        Err(why) if mime.is_some_and(|mime| mime.starts_with("image/")) => return Blob::Other(Some(why)),
        Err(_) => {}
    }
    match String::from_utf8(bytes) {
        Ok(text) if mime.is_some_and(is_text) && !text.contains('\0') => Blob::Text(text),
        _ => Blob::Other(None),
    }
}

fn is_text(mime: &str) -> bool {
    let mime = mime.split(';').next().unwrap_or(mime).trim();
    mime.starts_with("text/")
        || mime.ends_with("+json")
        || mime.ends_with("+xml")
        || matches!(mime, "application/json" | "application/xml" | "application/yaml" | "application/javascript")
}

/// Returns the number of bytes that a block of media adds to a request.
pub(super) fn wire_len(block: &ContentBlock) -> usize {
    let source = match block {
        ContentBlock::Image(image) => image.source(),
        ContentBlock::Document(document) => document.source(),
        _ => return 0,
    };
    source.data().map_or(0, str::len)
}

//! The formats and sizes of images that the API accepts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use imagesize::{Compression, ImageError, ImageType};
use memchr::{memchr, memmem};

/// The longest side that the API accepts, in pixels
/// ([limits](https://platform.claude.com/docs/en/build-with-claude/vision)).
const LONGEST: usize = 8_000;

/// The largest image that the API accepts, in bytes of base64: 10 MB.
pub(crate) const MOST_BASE64: u64 = 10 << 20;

/// A media type, and a function that recognizes its first bytes.
type Kind = (&'static str, fn(&[u8]) -> bool);

/// The formats that the API accepts.
const KINDS: [Kind; 4] = [
    ("image/jpeg", |bytes| bytes.starts_with(b"\xFF\xD8\xFF")),
    ("image/png", |bytes| bytes.starts_with(b"\x89PNG\r\n\x1A\n")),
    ("image/gif", |bytes| bytes.starts_with(b"GIF8")),
    ("image/webp", |bytes| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")),
];

const ACCEPTED: &str = "the API accepts JPEG, PNG, GIF and WebP";

/// Returns the media type of an image that the API accepts.
///
/// # Errors
///
/// Returns the reason for which the API does not accept these bytes.
pub(crate) fn media_type(bytes: &[u8]) -> Result<&'static str, String> {
    let (media_type, sides) = look(bytes).map_err(|kind| other_kind(bytes, &kind))?;
    match sides {
        None => Err("its header is damaged or incomplete; check that the whole file was read".to_owned()),
        Some((width, height)) if width == 0 || height == 0 => {
            Err(format!("it is empty or damaged: its header specifies {width} × {height} px"))
        }
        Some(sides) => too_long(sides).map_or(Ok(media_type), Err),
    }
}

/// Returns the reason for which the API refuses an image that is base64 text.
///
/// Only certain refusals are reported. Bytes that do not begin like an image, or whose header cannot be read, are not
/// checked.
pub(crate) fn refusal(media_type: &str, data: &str) -> Option<String> {
    if KINDS.iter().all(|(kind, _)| *kind != media_type) {
        return Some(format!("its media type is {media_type:?}, but {ACCEPTED}"));
    }
    if data.len() as u64 > MOST_BASE64 {
        return Some(format!(
            "it has {} bytes of base64, but the API accepts at most {MOST_BASE64} per image; scale it down",
            data.len(),
        ));
    }
    let Ok(bytes) = STANDARD.decode(data) else { return Some("its data is not valid base64".to_owned()) };
    let (actual, _) = KINDS.iter().find(|(_, begins)| begins(&bytes))?;
    if *actual != media_type {
        return Some(format!("its media type is `{media_type}`, but its bytes begin like `{actual}`"));
    }
    let (_, sides) = look(&bytes).ok()?;
    too_long(sides?)
}

/// Returns the longest side of an image that is base64 text, in pixels.
pub(crate) fn longest_side(data: &str) -> Option<usize> {
    let (_, sides) = look(&STANDARD.decode(data).ok()?).ok()?;
    sides.map(|(width, height)| width.max(height))
}

/// Width and height in pixels.
type Sides = (usize, usize);

/// Returns the media type and the sides of an image of an accepted format, or the format that was found instead.
fn look(bytes: &[u8]) -> Result<(&'static str, Option<Sides>), Result<ImageType, ImageError>> {
    match imagesize::image_type(bytes) {
        Ok(ImageType::Jpeg) => Ok(("image/jpeg", jpeg_sides(bytes))),
        // If another chunk comes first, these bytes are not the header.
        Ok(ImageType::Png) => Ok(("image/png", sides(bytes).filter(|_| bytes.get(12..16) == Some(b"IHDR")))),
        Ok(ImageType::Gif) => Ok(("image/gif", sides(bytes))),
        Ok(ImageType::Webp) => Ok(("image/webp", sides(bytes))),
        other => Err(other),
    }
}

fn too_long((width, height): Sides) -> Option<String> {
    (width.max(height) > LONGEST).then(|| {
        format!("it has {width} × {height} px, but the API accepts at most {LONGEST} px per side; scale it down")
    })
}

/// Returns the reason for which bytes of another format are refused.
fn other_kind(bytes: &[u8], kind: &Result<ImageType, ImageError>) -> String {
    let name = match kind {
        Ok(ImageType::Tiff) => "TIFF",
        Ok(ImageType::Bmp) => "BMP",
        Ok(ImageType::Heif(Compression::Hevc)) => "HEIC",
        Ok(ImageType::Heif(Compression::Av1)) => "AVIF",
        Ok(ImageType::Heif(_)) => "HEIF or MP4",
        Ok(ImageType::Jxl) => "JPEG XL",
        Ok(ImageType::Ico) => "ICO",
        Ok(ImageType::Psd) => "Photoshop",
        _ if bytes.starts_with(b"%PDF-") => return format!("it is a PDF; send it as a `Document`; {ACCEPTED}"),
        _ if memmem::find(&bytes[..bytes.len().min(1_024)], b"<svg").is_some() => "SVG",
        _ if bytes.is_empty() => return format!("it is empty; {ACCEPTED}"),
        Err(ImageError::IoError(_)) => {
            return format!("it is too short for an image; check that the whole file was read; {ACCEPTED}");
        }
        _ => return format!("it does not begin like an image; {ACCEPTED}"),
    };
    format!("it begins like {name}, but {ACCEPTED}; convert it to one of them")
}

fn sides(bytes: &[u8]) -> Option<Sides> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some((size.width, size.height))
}

/// Reads width and height from the frame header ([T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.2.2).
///
/// `imagesize` reports the fill bytes that may precede a marker (B.1.1.2) as damage. Other bytes between segments are
/// skipped too, as decoders do.
fn jpeg_sides(bytes: &[u8]) -> Option<Sides> {
    let mut rest = bytes;
    loop {
        rest = &rest[memchr(0xFF, rest)?..];
        let marker = rest.iter().position(|byte| *byte != 0xFF)?;
        let segment = &rest[marker + 1..];
        let skip = match rest[marker] {
            frame @ 0xC0..=0xCF if ![0xC4, 0xC8, 0xCC].contains(&frame) => {
                let &[_, _, _, height, low_height, width, low_width] = segment.first_chunk()?;
                return Some((number([width, low_width]), number([height, low_height])));
            }
            // The image data begins or ends, and there was no frame header.
            0xD9 | 0xDA => return None,
            // These markers have no segment.
            0x00 | 0x01 | 0xD0..=0xD8 => 0,
            _ => number(*segment.first_chunk()?),
        };
        rest = segment.get(skip..)?;
    }
}

fn number(bytes: [u8; 2]) -> usize {
    u16::from_be_bytes(bytes).into()
}

//! Pictures: what their bytes say of them.

use imagesize::{Compression, ImageError, ImageType};
use memchr::{memchr, memmem};

/// The longest side that the API takes, in pixels ([limits](https://docs.claude.com/en/docs/build-with-claude/vision)).
const LONGEST: usize = 8_000;

/// The media type of a picture that the API takes; of all other bytes, why it does not.
pub(super) fn media_type(bytes: &[u8]) -> Result<&'static str, String> {
    let (media_type, sides) = match imagesize::image_type(bytes) {
        Ok(ImageType::Jpeg) => ("image/jpeg", jpeg_sides(bytes)),
        // Where another chunk comes first, these are not the numbers of the header.
        Ok(ImageType::Png) => ("image/png", sides(bytes).filter(|_| bytes.get(12..16) == Some(b"IHDR"))),
        Ok(ImageType::Gif) => ("image/gif", sides(bytes)),
        Ok(ImageType::Webp) => ("image/webp", sides(bytes)),
        other => return Err(other_kind(bytes, &other)),
    };
    match sides {
        None => Err("its header is damaged or cut short; was all of it read?".to_owned()),
        Some((width, height)) if width == 0 || height == 0 => {
            Err(format!("its header says {width} × {height} px, and there is nothing to see; is it damaged?"))
        }
        Some((width, height)) if width.max(height) > LONGEST => Err(format!(
            "it has {width} × {height} px, and the API takes no side of more than {LONGEST} px; scale it down"
        )),
        Some(_) => Ok(media_type),
    }
}

/// Why bytes are refused that are none of the four kinds.
fn other_kind(bytes: &[u8], kind: &Result<ImageType, ImageError>) -> String {
    const TAKES: &str = "the API takes JPEG, PNG, GIF and WebP";
    let name = match kind {
        Ok(ImageType::Tiff) => "TIFF",
        Ok(ImageType::Bmp) => "BMP",
        Ok(ImageType::Heif(Compression::Hevc)) => "HEIC",
        Ok(ImageType::Heif(Compression::Av1)) => "AVIF",
        Ok(ImageType::Heif(_)) => "HEIF or MP4",
        Ok(ImageType::Jxl) => "JPEG XL",
        Ok(ImageType::Ico) => "ICO",
        Ok(ImageType::Psd) => "Photoshop",
        _ if bytes.starts_with(b"%PDF-") => return format!("it is a PDF; {TAKES}, and a PDF as a `Document`"),
        _ if memmem::find(&bytes[..bytes.len().min(1_024)], b"<svg").is_some() => "SVG",
        _ if bytes.is_empty() => return format!("it is empty; {TAKES}"),
        Err(ImageError::IoError(_)) => return format!("it is too short for an image; was all of it read? {TAKES}"),
        _ => return format!("it does not begin like an image; {TAKES}"),
    };
    format!("it begins like {name}, and {TAKES}; convert it to one of them")
}

/// Width and height.
fn sides(bytes: &[u8]) -> Option<(usize, usize)> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some((size.width, size.height))
}

/// Width and height, from the frame header ([T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.2.2).
///
/// `imagesize` takes the fill bytes that may stand before a marker (B.1.1.2) for damage. Other bytes between segments are
/// passed over as well, as decoders do.
fn jpeg_sides(bytes: &[u8]) -> Option<(usize, usize)> {
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
            // Either the picture begins or it is over, and no frame told its sides.
            0xD9 | 0xDA => return None,
            // No segment belongs to these.
            0x00 | 0x01 | 0xD0..=0xD8 => 0,
            _ => number(*segment.first_chunk()?),
        };
        rest = segment.get(skip..)?;
    }
}

fn number(bytes: [u8; 2]) -> usize {
    u16::from_be_bytes(bytes).into()
}

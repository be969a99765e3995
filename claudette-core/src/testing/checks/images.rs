//! Images: their media types and their sizes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::path::Path;
use super::refusal::{Check, Refusal};
use super::shape::Fields;

/// The maximum length of a side, in pixels.
const LONGEST: usize = 8_000;

/// The maximum length of a side, in pixels, in a request with more than [`FEW`] images.
const LONGEST_OF_MANY: usize = 2_000;

const FEW: usize = 20;

/// The maximum size of an image, in bytes of base64.
const MOST: usize = 10 << 20;

/// Checks the images of all messages, including images in tool results and documents.
pub(super) fn check(body: &Fields) -> Check {
    let mut count = 0;
    each_of_all(body, &mut |_, _| {
        count += 1;
        Ok(())
    })?;
    let (longest, among_many) = if count > FEW { (LONGEST_OF_MANY, " for many-image requests") } else { (LONGEST, "") };
    let mut too_large = Vec::new();
    each_of_all(body, &mut |source, at| {
        if source["type"] == "base64" {
            let at = at.field("base64");
            if longest_side(source, &at)? > longest {
                too_large.push(at.field("data").to_string());
            }
        }
        Ok(())
    })?;
    let Some(first) = too_large.first() else {
        return Ok(());
    };
    let message =
        format!("{first}: At least one of the image dimensions exceed max allowed size{among_many}: {longest} pixels");
    Err(Refusal::new(message).details(json!({
        "error_code": "image_dimensions_too_large",
        "max_side_length_pixels": longest,
        "paths": too_large,
    })))
}

/// A function that is called with the source of each image and its path.
type Found<'f> = &'f mut dyn FnMut(&Value, &Path<'_>) -> Check;

fn each_of_all(body: &Fields, found: Found<'_>) -> Check {
    let at = Path::BODY;
    let at = at.field("messages");
    for (index, message) in body["messages"].as_array().into_iter().flatten().enumerate() {
        each(&message["content"], &at.index(index).field("content"), found)?;
    }
    Ok(())
}

fn each(blocks: &Value, at: &Path<'_>, found: Found<'_>) -> Check {
    for (index, block) in blocks.as_array().into_iter().flatten().enumerate() {
        let kind = block["type"].as_str().unwrap_or_default();
        let at = at.index(index);
        let at = at.field(kind);
        match kind {
            "image" => found(&block["source"], &at.field("source"))?,
            "tool_result" => each(&block["content"], &at.field("content"), found)?,
            "document" => each(&block["source"]["content"], &at.field("source").field("content"), found)?,
            _ => {}
        }
    }
    Ok(())
}

/// Returns the longest side of an image, and checks that its first bytes match its media type.
///
/// Returns 0 for bytes that do not begin like one of the four types, and for a header that cannot be read.
fn longest_side(source: &Value, at: &Path<'_>) -> Result<usize, Refusal> {
    const BEGINS: [(&[u8], usize, &str); 4] = [
        (b"\xFF\xD8\xFF", 0, "image/jpeg"),
        (b"\x89PNG\r\n\x1A\n", 0, "image/png"),
        (b"GIF8", 0, "image/gif"),
        // It comes after `RIFF` and the size. Audio files begin with `RIFF`, too.
        (b"WEBP", 8, "image/webp"),
    ];
    let [media, data] = ["media_type", "data"].map(|name| source[name].as_str().unwrap_or_default());
    if data.len() > MOST {
        return Err(Refusal::at(at, format_args!("image exceeds 10 MB maximum: {} bytes > {MOST} bytes", data.len())));
    }
    let bytes = STANDARD.decode(data).map_err(|_| Refusal::at(at, "invalid base64 data"))?;
    match BEGINS.iter().find(|(begin, at, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(begin))) {
        None => Ok(0),
        Some((_, _, actual)) if *actual == media => {
            Ok(imagesize::blob_size(&bytes).map_or(0, |size| size.width.max(size.height)))
        }
        Some((_, _, actual)) => Err(Refusal::at(
            at,
            format_args!(
                "The image was specified using the {media} media type, but the image appears to be a {actual} image"
            ),
        )),
    }
}

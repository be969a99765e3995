//! Images: whether the bytes are what they are said to be, and how large they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::shape::{Fields, Path};
use super::{Check, Refusal};

/// The longest side, in pixels.
const LONGEST: usize = 8_000;

/// The longest side where there are more images than [`FEW`].
const LONGEST_OF_MANY: usize = 2_000;

const FEW: usize = 20;

/// Checks the images of all messages, those inside tool results and documents too.
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

/// What is done with the source of each image, and with its place.
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

/// The longest side of an image whose first bytes say that it is what it is said to be. What begins like none of the four
/// types, or cannot be read on from there, is let pass.
fn longest_side(source: &Value, at: &Path<'_>) -> Result<usize, Refusal> {
    const BEGINS: [(&[u8], &str); 4] = [
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"\x89PNG\r\n\x1A\n", "image/png"),
        (b"GIF8", "image/gif"),
        (b"RIFF", "image/webp"),
    ];
    let [media, data] = ["media_type", "data"].map(|name| source[name].as_str().unwrap_or_default());
    let bytes = STANDARD.decode(data).map_err(|_| Refusal::at(at, "invalid base64 data"))?;
    match BEGINS.iter().find(|(begin, _)| bytes.starts_with(begin)) {
        None => Ok(0),
        Some((_, actual)) if *actual == media => {
            Ok(imagesize::blob_size(&bytes).map_or(0, |size| size.width.max(size.height)))
        }
        Some((_, actual)) => Err(Refusal::at(
            at,
            format_args!(
                "The image was specified using the {media} media type, but the image appears to be a {actual} image"
            ),
        )),
    }
}

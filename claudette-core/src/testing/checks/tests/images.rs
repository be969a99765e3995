//! Images: their types and sizes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// Returns an image block with the header of a GIF of this size.
fn gif(width: u16, height: u16) -> Value {
    let bytes = [&b"GIF89a"[..], &width.to_le_bytes(), &height.to_le_bytes(), b"\0\0\0;"].concat();
    image("image/gif", &STANDARD.encode(bytes))
}

fn image(media_type: &str, data: &str) -> Value {
    json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}})
}

#[test]
fn images() {
    let mismatch = |place: &str| {
        format!(
            "{place}.image.source.base64: The image was specified using the image/png media type, but the image appears \
             to be a image/jpeg image"
        )
    };
    let jpeg = || image("image/png", "/9j/4AAQ");
    assert_refused(vec![
        (says(json!([jpeg()])), &mismatch("messages.0.content.0")),
        (
            answers(&["t"], json!([{"type": "tool_result", "tool_use_id": "t", "content": [jpeg()]}])),
            &mismatch("messages.2.content.0.tool_result.content.0"),
        ),
        (
            says(json!([{"type": "document", "source": {"type": "content", "content": [jpeg()]}}])),
            &mismatch("messages.0.content.0.document.source.content.0"),
        ),
        (says(json!([image("image/gif", "R0lGOD*")])), "messages.0.content.0.image.source.base64: invalid base64 data"),
        (
            says(json!([image("image/gif", &"A".repeat(12_504_100))])),
            "messages.0.content.0.image.source.base64: image exceeds 10 MB maximum: 12504100 bytes > 10485760 bytes",
        ),
    ]);

    let too_large = |body: Value, limit: &str, longest: u64, places: &[&str]| {
        let paths: Vec<String> = places.iter().map(|place| format!("{place}.image.source.base64.data")).collect();
        let what = format!("{}: At least one of the image dimensions exceed max allowed size{limit}", paths[0]);
        let details = json!({
            "error_code": "image_dimensions_too_large", "max_side_length_pixels": longest, "paths": paths,
        });
        assert_eq!(check(&body), Err(Refusal::new(format!("{what}: {longest} pixels")).details(details)));
    };
    let shown = json!([{"type": "tool_result", "tool_use_id": "t", "content": [gif(1, 1), gif(8001, 1)]}]);
    too_large(says(json!([gif(8000, 8001)])), "", 8000, &["messages.0.content.0"]);
    too_large(answers(&["t"], shown), "", 8000, &["messages.2.content.0.tool_result.content.1"]);
    let many = |mut sides: Vec<u16>, more: usize| {
        sides.resize(sides.len() + more, 1);
        says(sides.into_iter().map(|side| gif(1, side)).collect())
    };
    assert_eq!(check(&many(vec![2001, 8000], 18)), Ok(()));
    assert_eq!(check(&many(vec![2000, 2000], 19)), Ok(()));
    let places = ["messages.0.content.0", "messages.0.content.2"];
    too_large(many(vec![2001, 2000, 8000], 18), " for many-image requests", 2000, &places);
}

//! Checks that the data of an image or a PDF is complete.
//!
//! `Image::from_bytes` reads the header only. The API decodes all of it, and an image that it cannot decode makes each
//! later request of the conversation fail. These checks find files that were cut off, without decoding the pixels.

/// Returns `true` if an image has all parts that its format demands.
pub(super) fn image(bytes: &[u8]) -> bool {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [0xFF, 0xD8, ..] => jpeg(bytes),
        [b'G', b'I', b'F', ..] => gif(bytes).is_some(),
        [b'R', b'I', b'F', b'F', ..] => webp(bytes),
        _ => false,
    }
}

/// Returns `true` if a PDF has an end, and is not encrypted, which the API does not accept.
pub(super) fn pdf(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(2_048)..];
    contains(tail, b"%%EOF") && !contains(bytes, b"/Encrypt")
}

/// A PNG is a list of chunks up to `IEND`, and at least one of them contains data.
fn png(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    let mut has_data = false;
    while let Some((header, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = header;
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        match kind {
            b"IEND" => return has_data,
            b"IDAT" => has_data = true,
            _ => {}
        }
        let Some(next) = length.checked_add(4).and_then(|skip| after.get(skip..)) else { return false };
        rest = next;
    }
    false
}

/// A JPEG has scans (`FF DA`) and, after the last one, an end (`FF D9`). An earlier end may be that of a thumbnail.
fn jpeg(bytes: &[u8]) -> bool {
    let scan = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xDA]);
    scan.is_some_and(|at| contains(&bytes[at..], &[0xFF, 0xD9]))
}

/// A GIF has a header, and blocks of which at least one is an image.
fn gif(bytes: &[u8]) -> Option<()> {
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut rest = bytes.get(13 + colours(*bytes.get(10)?)..)?;
    loop {
        match *rest.first()? {
            // An extension.
            0x21 => rest = sub_blocks(rest.get(2..)?)?,
            // An image: its descriptor, its colours, and the size of its codes.
            0x2C => {
                let data = rest.get(11 + colours(*rest.get(9)?)..)?;
                return if data.starts_with(&[0]) { None } else { sub_blocks(data).map(drop) };
            }
            _ => return None,
        }
    }
}

/// Returns the bytes after a list of blocks that each begin with their length.
fn sub_blocks(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (length, after) = rest.split_first()?;
        if *length == 0 {
            return Some(after);
        }
        rest = after.get(usize::from(*length)..)?;
    }
}

/// A WebP has the length that its header names, and more than the header.
fn webp(bytes: &[u8]) -> bool {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    length.is_some_and(|length| length > 12 && length as usize + 8 <= bytes.len())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

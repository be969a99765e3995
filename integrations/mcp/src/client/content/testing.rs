//! Small files for tests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Returns a PNG of one pixel.
pub(crate) fn png() -> Vec<u8> {
    let data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    STANDARD.decode(data).unwrap_or_default()
}

/// Returns a GIF of one pixel.
pub(crate) fn gif() -> Vec<u8> {
    STANDARD.decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7").unwrap_or_default()
}

/// Returns a JPEG of one pixel.
pub(crate) fn jpeg() -> Vec<u8> {
    let data = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=";
    let mut bytes = STANDARD.decode(data).unwrap_or_default();
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// Returns a WebP of one pixel.
pub(crate) fn webp() -> Vec<u8> {
    STANDARD.decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA").unwrap_or_default()
}

/// Returns the frame of a PDF.
pub(crate) fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}

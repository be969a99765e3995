//! Bodies in recordings of other tools: base64, gzip, and JSON as YAML.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use yaml_serde::Value;

use super::super::interaction::{Headers, header};

/// The maximum size of a decompressed body.
const MOST: u64 = 256 << 20;

/// Reads a body: a text, base64, or a value that other tools store in place of its JSON text.
pub(super) fn read(value: &Value) -> Result<Vec<u8>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(text.clone().into_bytes()),
        Value::Tagged(tagged) if tagged.tag == "!binary" => {
            base64(tagged.value.as_str().unwrap_or_default()).ok_or_else(|| "is not valid base64".to_owned())
        }
        Value::Tagged(tagged) => read(&tagged.value),
        Value::Mapping(members) => {
            if let Some(text) = members.get("base64_string").and_then(Value::as_str) {
                return base64(text).ok_or_else(|| "is not valid base64".to_owned());
            }
            match members.get("string") {
                Some(string) => read(string),
                None if members.is_empty() || members.contains_key("encoding") => Ok(Vec::new()),
                None => parsed(value),
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Sequence(_) => parsed(value),
    }
}

/// Returns the JSON text of a body that is stored as YAML.
pub(super) fn parsed(value: &Value) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| format!("is not JSON: {error}"))
}

/// Decodes base64 with line breaks.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|char| !char.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(text).ok()
}

/// Returns the body without compression.
///
/// The YAML parser drops the tag `!!binary`, so whether a text is base64 is decided by its content. VCR.py writes only
/// bytes that are not UTF-8 in this form.
pub(super) fn plain(body: Vec<u8>, headers: &Headers) -> Result<Vec<u8>, String> {
    let coding = header(headers, "content-encoding").unwrap_or_default().trim().to_ascii_lowercase();
    let kind = header(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    let body = untagged_base64(&body, &coding, &kind).unwrap_or(body);
    if body.starts_with(&[0x1f, 0x8b]) {
        return inflated(MultiGzDecoder::new(&*body), "gzip");
    }
    // Many tools store the decoded text and keep the header.
    if std::str::from_utf8(&body).is_ok() {
        return Ok(body);
    }
    match coding.as_str() {
        "deflate" => {
            inflated(ZlibDecoder::new(&*body), "deflate").or_else(|_| inflated(DeflateDecoder::new(&*body), "deflate"))
        }
        "" | "identity" => Ok(body),
        other => Err(format!(
            "is compressed with `{other}`, which is not supported; store it without compression (in VCR.py: \
             `decode_compressed_response=True`)"
        )),
    }
}

fn untagged_base64(body: &[u8], coding: &str, kind: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let bytes = base64(text).filter(|bytes| std::str::from_utf8(bytes).is_err())?;
    let is_compressed = !coding.is_empty() && coding != "identity";
    let is_text = kind.starts_with("text/") || kind.contains("json");
    (bytes.starts_with(&[0x1f, 0x8b]) || is_compressed || !is_text && text.ends_with('\n')).then_some(bytes)
}

fn inflated(decoder: impl Read, coding: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = decoder.take(MOST + 1).read_to_end(&mut out);
    match read {
        Ok(size) if size as u64 <= MOST => Ok(out),
        Ok(_) => Err(format!("is larger than {MOST} bytes without compression")),
        Err(error) => Err(format!("is not valid {coding}: {error}")),
    }
}

//! JSON with comments and trailing commas, as editors accept it.

/// Replaces comments and trailing commas with spaces, so that the places of errors stay the same.
pub(super) fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    // The place of a comma that has only white space and comments behind it.
    let mut comma = None;
    while let Some(byte) = bytes.get(at) {
        let skipped = match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                let end = string_end(bytes, at);
                out.extend_from_slice(&bytes[at..end]);
                at = end;
                comma = None;
                continue;
            }
            (b'/', Some(b'/')) => bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at),
            (b'/', Some(b'*')) => {
                let end = bytes[at + 2..].windows(2).position(|pair| pair == b"*/");
                end.map_or(bytes.len() - at, |length| length + 4)
            }
            _ => 0,
        };
        if skipped > 0 {
            let blank = |byte: &u8| if matches!(byte, b'\n' | b'\r') { *byte } else { b' ' };
            out.extend(bytes[at..at + skipped].iter().map(blank));
            at += skipped;
            continue;
        }
        match byte {
            b',' => comma = Some(out.len()),
            b']' | b'}' => {
                if let Some(comma) = comma.take() {
                    out[comma] = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        out.push(*byte);
        at += 1;
    }
    // Only whole comments and ASCII characters were replaced.
    String::from_utf8(out).unwrap_or_default()
}

/// Returns the place after the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

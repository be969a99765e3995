//! [`unescape`]: reads an escape in a JSON string.

/// Returns the character of an escape and the length of the escape. `escape` begins after the `\`. Returns `None` if
/// the escape is incomplete.
pub(crate) fn unescape(escape: &[u8]) -> Result<Option<(char, usize)>, &'static str> {
    let char = match escape {
        [] => return Ok(None),
        [char @ (b'"' | b'\\' | b'/'), ..] => char::from(*char),
        [b'b', ..] => '\u{8}',
        [b'f', ..] => '\u{c}',
        [b'n', ..] => '\n',
        [b'r', ..] => '\r',
        [b't', ..] => '\t',
        [b'u', digits @ ..] => return unescape_unicode(digits),
        _ => return Err("invalid escape"),
    };
    Ok(Some((char, 1)))
}

/// Reads an escape after the `u`. A character above U+FFFF is written as two escapes.
fn unescape_unicode(digits: &[u8]) -> Result<Option<(char, usize)>, &'static str> {
    const LONE: &str = "unpaired surrogate";
    let Some(first) = code_unit(digits)? else { return Ok(None) };
    if let Some(char) = char::from_u32(first.into()) {
        return Ok(Some((char, 5)));
    }
    let second = match &digits[4..] {
        [] | [b'\\'] => return Ok(None),
        [b'\\', b'u', digits @ ..] => code_unit(digits)?,
        _ => return Err(LONE),
    };
    let Some(second) = second else { return Ok(None) };
    match char::decode_utf16([first, second]).next() {
        Some(Ok(char)) => Ok(Some((char, 11))),
        _ => Err(LONE),
    }
}

/// Reads four hexadecimal digits.
fn code_unit(digits: &[u8]) -> Result<Option<u16>, &'static str> {
    let digits = &digits[..digits.len().min(4)];
    let mut unit = 0;
    for digit in digits {
        unit = unit << 4 | char::from(*digit).to_digit(16).ok_or("expected four hexadecimal digits")?;
    }
    Ok(u16::try_from(unit).ok().filter(|_| digits.len() == 4))
}

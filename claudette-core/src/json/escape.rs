//! [`unescape`]: an escape in a JSON string → its character.

/// The character that an escape stands for, from the byte behind its `\`, and how long it is; none if it is cut.
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
        _ => return Err("there is no such escape"),
    };
    Ok(Some((char, 1)))
}

/// As [`unescape`], from behind the `u`; a character beyond the first 65,536 is two escapes.
fn unescape_unicode(digits: &[u8]) -> Result<Option<(char, usize)>, &'static str> {
    const LONE: &str = "half a surrogate pair stands alone";
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

/// Four hexadecimal digits.
fn code_unit(digits: &[u8]) -> Result<Option<u16>, &'static str> {
    let digits = &digits[..digits.len().min(4)];
    let mut unit = 0;
    for digit in digits {
        unit = unit << 4 | char::from(*digit).to_digit(16).ok_or("four hexadecimal digits are expected")?;
    }
    Ok(u16::try_from(unit).ok().filter(|_| digits.len() == 4))
}

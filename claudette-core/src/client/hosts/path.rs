//! Parts of paths that come from names.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, Result};

/// The characters of a path segment that are percent-encoded
/// ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-3.3)).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The same with `;`, which proxies may take for the start of parameters.
const MODEL: &AsciiSet = &SEGMENT.add(b';');

/// Returns a name as one segment of a path. `what` names it in errors.
///
/// # Errors
/// Misuse: the name is empty, begins with `;`, or is `.` or `..` before the first `;`.
pub(super) fn segment(what: &str, name: &str) -> Result<String> {
    encoded(what, name, SEGMENT)
}

/// Returns the name of a model as one segment of a path, with `;` encoded.
///
/// # Errors
/// The same as for [`segment`].
pub(super) fn model_segment(name: &str) -> Result<String> {
    encoded("the name of the model", name, MODEL)
}

fn encoded(what: &str, name: &str, set: &'static AsciiSet) -> Result<String> {
    match name.split(';').next().unwrap_or_default() {
        "" => Err(Error::misuse(format!("{what} is empty"))),
        "." | ".." => Err(Error::misuse(format!("{what} is {name:?}, which would change the path of the request"))),
        _ => Ok(utf8_percent_encode(name, set).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_segment() {
        for (name, expected) in [
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5@20250929"),
            ("we:ird/model?x=1#frag ment", "we:ird%2Fmodel%3Fx=1%23frag%20ment"),
            ("a;b", "a%3Bb"),
            ("a%3Bb", "a%253Bb"),
            ("../../x", "..%2F..%2Fx"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(model_segment(name).unwrap(), expected);
        }
        for (name, expected) in
            [("example.com:my-project", "example.com:my-project"), ("pro/ject", "pro%2Fject"), ("a;b", "a;b")]
        {
            assert_eq!(segment("the project", name).unwrap(), expected);
        }
        for name in ["", ".", "..", ";x", "..;x", ".;"] {
            assert!(segment("the region", name).unwrap_err().is_misuse(), "{name:?}");
        }
        assert!(segment("the region", "...;x").is_ok());
    }
}

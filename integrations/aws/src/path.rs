//! The path of a model in Amazon Bedrock.

use claudette::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are percent-encoded. Names of versions contain `:`, as in `-v1:0`.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b';');

/// Returns the path of a request to a model: its id, or the ARN of an inference profile or of a provisioned model.
///
/// # Errors
/// Misuse: the id is empty, begins with `;`, or is `.` or `..` before the first `;`.
pub(crate) fn invoke(model: &str, streams: bool) -> Result<String> {
    match model.split(';').next().unwrap_or_default() {
        "" => Err(Error::misuse(format!(
            "the model {model:?} is not valid in Amazon Bedrock; name one, such as `us.anthropic.claude-opus-5`"
        ))),
        "." | ".." => {
            Err(Error::misuse(format!("the model {model:?} would change the path of the request to Amazon Bedrock")))
        }
        _ => {
            let method = if streams { "invoke-with-response-stream" } else { "invoke" };
            Ok(format!("/model/{}/{method}", utf8_percent_encode(model, ENCODED)))
        }
    }
}

/// Returns `true` if the id is that of a global inference profile, or its ARN. All other models run in the regions of
/// their profile or in the region of the request.
pub(crate) fn is_global(model: &str) -> bool {
    model.rsplit('/').next().is_some_and(|id| id.starts_with("global."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ids_are_one_segment_of_the_path() {
        for (model, segment) in [
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            (
                "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/jf2sje1c0jnb",
                "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fjf2sje1c0jnb",
            ),
            ("a;b/c d", "a;b%2Fc%20d"),
            ("..%3Bx", "..%253Bx"),
            ("a@b", "a%40b"),
            ("é~_", "%C3%A9~_"),
            ("...;x", "...;x"),
            ("..x;y", "..x;y"),
            ("x;..", "x;.."),
        ] {
            assert_eq!(invoke(model, false).unwrap(), format!("/model/{segment}/invoke"));
            assert_eq!(invoke(model, true).unwrap(), format!("/model/{segment}/invoke-with-response-stream"));
        }
    }

    #[test]
    fn ids_that_change_the_path_are_misuse() {
        for model in ["", ";x", ".", "..", "..;x", ".;"] {
            assert!(invoke(model, false).unwrap_err().is_misuse(), "{model:?}");
        }
    }

    #[test]
    fn global_profiles_are_recognized() {
        for model in [
            "global.anthropic.claude-opus-5",
            "arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-x",
        ] {
            assert!(is_global(model), "{model}");
        }
        for model in ["us.anthropic.claude-opus-5", "anthropic.claude-opus-5", "arn:aws:bedrock:global.x:1:a/us.b", ""]
        {
            assert!(!is_global(model), "{model}");
        }
    }
}

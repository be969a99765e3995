//! [`names`]: the reason in the text of an error.

use crate::error::Error;

/// Returns `true` if the message of an error or its type contains one of these texts, in any case.
pub(super) fn names(error: &Error, reasons: &[&str]) -> bool {
    let texts = [error.message(), error.error_type()].map(|text| text.unwrap_or_default().to_ascii_lowercase());
    reasons.iter().any(|reason| texts.iter().any(|text| text.contains(&reason.to_ascii_lowercase())))
}

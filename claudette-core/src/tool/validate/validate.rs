//! [`validate`]: decides whether the arguments of a call are passed to the tool.
//!
//! The type decides: the values that it reads are accepted. The schema adds only the checks that serde cannot make:
//!
//! - bounds that the author declared: ranges, lengths, numbers of elements, uniqueness;
//! - values that the type skipped silently, such as unknown fields, or values that an `Option` with `#[serde(flatten)]`
//!   could not read.
//!
//! So a value that violates the schema is accepted if the type has read it. A type has read a value if it requested the
//! value by its kind. For types that first buffer any value, such as tagged and untagged enums, a value was read if the
//! type fails without it.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::read_error::{ReadError, observe};
use super::reader::{Need, Reader};
use super::reading::Reading;
use super::tree::Tree;
use super::validator::violations;
use crate::tool::run::shorten;
use crate::tool::texts;

/// Validates a value that `serde_json` has read, or has failed to read. `reread` reads it again.
///
/// # Errors
///
/// The violations that the model has to correct; `noun` is the word for a part of the value.
#[cold]
pub(crate) fn validate<V>(
    schema: &Value,
    noun: &str,
    text: &str,
    read: Option<V>,
    reread: impl Fn(&Tree<'_>, &Reading) -> Result<V, ReadError>,
) -> Result<V, String> {
    let Some(tree) = Tree::parse(text) else {
        return Err(texts::invalid(noun, [texts::TOO_DEEP.to_owned()], 0));
    };
    // Reading nested alternatives again takes exponential time, and reading has already failed once.
    if read.is_none()
        && schema.get("$defs").is_some()
        && tree.numbers().all(Tree::is_integer)
        && let Some(wrong) = violations(schema, &tree, None).message(noun)
    {
        return Err(wrong);
    }
    let mut reading = Reading::default();
    let (reread_value, mut errors) = observe(|| reread(&tree, &reading));
    let value = match (reread_value, read) {
        // Prefer the first reader, which keeps all digits of a number that is stored as text.
        (Ok(value), read) => read.unwrap_or(value),
        (Err(error), read) => {
            let whole = Reading { shows_whole: true, ..Reading::default() };
            let second = tree.numbers().any(Tree::is_whole_float).then(|| observe(|| reread(&tree, &whole)));
            match (second, read) {
                (Some((Ok(value), made)), _) => {
                    (reading, errors) = (whole, made);
                    value
                }
                // `serde_json` has read the value, but this reader cannot, so the schema cannot be applied.
                (_, Some(value)) => return Ok(value),
                (_, None) => {
                    let wrong = violations(schema, &tree, Some(&Reader::new(&reading, None)));
                    return Err(wrong
                        .message(noun)
                        .unwrap_or_else(|| invalid(noun, &error.path(), texts::COLON, &error.to_string())));
                }
            }
        }
    };
    let shows_whole = reading.shows_whole;
    let without = |field: &Tree<'_>| {
        let read = |withholds_last| {
            let reading = Reading { last: Some(field.place()), withholds_last, shows_whole, ..Reading::default() };
            observe(|| reread(&tree, &reading))
        };
        let ((_, with), (result, without)) = (read(false), read(true));
        Need::of(field, &with, &without, &result)
    };
    let reader = Reader::new(&reading, Some(&without));
    if let Some(wrong) = violations(schema, &tree, Some(&reader)).message(noun) {
        return Err(wrong);
    }
    let mut path = String::new();
    match (errors.count > 0).then(|| reader.find_dropped(&tree, &mut path)).flatten() {
        Some(why) => Err(invalid(noun, path.strip_prefix('.').unwrap_or(&path), texts::SPACE, &why)),
        None => Ok(value),
    }
}

/// Reads a value of one type.
///
/// # Errors
///
/// The violations that the model has to correct.
pub(crate) fn read_whole<T: DeserializeOwned>(schema: &Value, noun: &str, text: &str) -> Result<T, String> {
    let read = serde_json::from_str(text).ok();
    validate(schema, noun, text, read, |tree, reading| reading.of(tree))
}

/// Returns the text for one value that fits its schema, but not its type.
fn invalid(noun: &str, path: &str, joint: &str, why: &str) -> String {
    texts::invalid(noun, [texts::item(&shorten(path), joint, &shorten(why))], 0)
}

//! [`judge`]: decides whether the arguments of a call reach the tool.
//!
//! The type is the authority: what it reads is accepted. The schema adds what serde cannot see, and nothing else:
//!
//! - bounds that the author declared: ranges, lengths, numbers of elements, uniqueness;
//! - values that the type passed over without a word, as unknown fields, or what an `Option` with `#[serde(flatten)]` did
//!   not understand.
//!
//! So a value that the schema refuses is accepted if the type has read it. A type shows that when it asks for the value by
//! its kind. A type that takes anything first, as one with a tag or without one, shows it when it fails without the value.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::shorten;
use super::mistake::mistakes;
use super::node::{ReadError, Reading};
use super::tree::Tree;

/// What a type has done with a value.
pub(super) struct Reader<'r> {
    reading: &'r Reading,
    /// Whether the type fails without the value at a place; `None` if it has failed already.
    needs: Option<&'r dyn Fn(usize) -> bool>,
    /// What was found out about a place.
    needed: RefCell<HashMap<usize, bool>>,
    /// How many more times a value may be read to find that out. What is left after that is taken for read.
    left: Cell<u32>,
}

impl<'r> Reader<'r> {
    fn new(reading: &'r Reading, needs: Option<&'r dyn Fn(usize) -> bool>) -> Self {
        const TIMES: u32 = 32;
        Self { reading, needs, needed: RefCell::default(), left: Cell::new(TIMES) }
    }

    /// Whether the type has read this value, and not passed over it.
    pub(super) fn has_read(&self, value: &Tree<'_>) -> bool {
        let place = value.place();
        if self.reading.read.borrow().contains(&place) {
            return true;
        }
        let Some(needs) = self.needs.filter(|_| !self.reading.passed.borrow().contains(&place)) else { return false };
        if let Some(needed) = self.needed.borrow().get(&place) {
            return *needed;
        }
        let Some(left) = self.left.get().checked_sub(1) else { return true };
        self.left.set(left);
        let needed = needs(place);
        self.needed.borrow_mut().insert(place, needed);
        needed
    }

    /// Whether this is an argument that was read, in whatever way.
    pub(super) fn has_accepted(&self, argument: &Tree<'_>) -> bool {
        self.reading.accepted.borrow().contains(&argument.place())
    }

    /// Whether this list was read as the fields of a struct.
    pub(super) fn is_struct(&self, list: &Tree<'_>) -> bool {
        self.reading.structs.borrow().contains(&list.place())
    }
}

/// Decides about a value that `serde_json` has read, or has failed to read. `reread` reads it again.
///
/// # Errors
///
/// All that the model has to correct; `noun` is what it calls a part of the value.
#[cold]
pub(super) fn judge<V>(
    schema: &Value,
    noun: &str,
    text: &str,
    read: Option<V>,
    reread: impl Fn(&Tree<'_>, &Reading) -> Result<V, ReadError>,
) -> Result<V, String> {
    let Some(tree) = Tree::parse(text) else {
        return Err(format!("the {noun}s are wrong: they are nested too deeply, or are not valid JSON"));
    };
    let mut reading = Reading::default();
    let value = match read {
        Some(value) if mistakes(schema, &tree, None).is_empty() => return Ok(value),
        Some(value) => {
            if read_any(&tree, &mut reading, &reread).is_err() {
                // The type has read it, and cannot be asked how.
                return Ok(value);
            }
            value
        }
        None => match read_any(&tree, &mut reading, &reread) {
            Ok(value) => value,
            Err(error) => {
                let wrong = mistakes(schema, &tree, Some(&Reader::new(&reading, None)));
                return Err(wrong.tell(noun).unwrap_or_else(|| tell(&error, noun)));
            }
        },
    };
    let shows_whole = reading.shows_whole;
    let needs = |place| reread(&tree, &Reading { withheld: Some(place), shows_whole, ..Reading::default() }).is_err();
    let wrong = mistakes(schema, &tree, Some(&Reader::new(&reading, Some(&needs))));
    wrong.tell(noun).map_or(Ok(value), Err)
}

/// Reads a value; if that fails, once more with whole numbers as integers wherever they are.
fn read_any<V>(
    tree: &Tree<'_>,
    reading: &mut Reading,
    reread: impl Fn(&Tree<'_>, &Reading) -> Result<V, ReadError>,
) -> Result<V, ReadError> {
    let error = match reread(tree, reading) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if !tree.numbers().any(Tree::is_whole_float) {
        return Err(error);
    }
    let whole = Reading { shows_whole: true, ..Reading::default() };
    let value = reread(tree, &whole).map_err(|_| error)?;
    *reading = whole;
    Ok(value)
}

/// Reads a value of one type.
///
/// # Errors
///
/// As [`judge`].
pub(crate) fn read_whole<T: DeserializeOwned>(schema: &Value, noun: &str, text: &str) -> Result<T, String> {
    let read = serde_json::from_str(text).ok();
    judge(schema, noun, text, read, |tree, reading| reading.of(tree))
}

/// What a type says of a value that fits its schema.
fn tell(error: &ReadError, noun: &str) -> String {
    match shorten(&error.path()).as_str() {
        "" => format!("the {noun}s are wrong: {}", shorten(&error.to_string())),
        path => format!("{noun} `{path}`: {}", shorten(&error.to_string())),
    }
}

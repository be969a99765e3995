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

use super::node::{Errors, ReadError, Reading, observe};
use super::path::{push_index, push_key};
use super::schema_violation::{SchemaViolation, mistakes};
use super::tree::Tree;
use crate::tool::run::shorten;

/// What a type has done with a value.
pub(crate) struct Reader<'r> {
    reading: &'r Reading,
    /// What comes of it if the value at a place is kept back; `None` if the type has failed already.
    without: Option<&'r dyn Fn(&Tree<'_>) -> Need>,
    /// What was found out about a place.
    known: RefCell<HashMap<usize, Need>>,
    /// How many more times a value may be read to find that out. What is left after that is taken for read.
    left: Cell<u32>,
}

/// Whether a type needs a value.
#[derive(Clone, Debug)]
enum Need {
    Needed,
    /// It reads the rest just as well. If it has looked at the value, this is what it did not understand.
    Passed(Option<String>),
}

impl Need {
    /// Compares how a value is read with how it is read without one field. In both, the field comes last.
    ///
    /// Of a field in an `Option` with `#[serde(flatten)]`, or behind alternatives, only the errors tell that the type has
    /// swallowed. They are the same up to the field, and again after the object.
    fn of<V>(field: &Tree<'_>, with: &Errors, without: &Errors, result: &Result<V, ReadError>) -> Self {
        if result.is_err() {
            return Self::Needed;
        }
        let (with, without) = (&with.first[..], &without.first[..]);
        let before = with.iter().zip(without).take_while(|(a, b)| a == b).count();
        let (with, without) = (&with[before..], &without[before..]);
        let after = with.iter().rev().zip(without.iter().rev()).take_while(|(a, b)| a == b).count();
        let (with, without) = (&with[..with.len() - after], &without[..without.len() - after]);
        let is_simple = field.fields().is_empty() && field.elements().is_empty();
        match with.last() {
            // All fields were read, this one included, and then it turned out that another is not there.
            Some(last) if last.is_missing && is_simple => Self::Passed(Some(last.text.clone())),
            // The type would understand the field, and only has to be given it.
            _ if without.len() > with.len() => Self::Needed,
            last => Self::Passed(last.map(|last| last.text.clone())),
        }
    }
}

impl<'r> Reader<'r> {
    fn new(reading: &'r Reading, without: Option<&'r dyn Fn(&Tree<'_>) -> Need>) -> Self {
        const TIMES: u32 = 32;
        Self { reading, without, known: RefCell::default(), left: Cell::new(TIMES) }
    }

    /// Whether the type has read this value, and not passed over it.
    pub(crate) fn has_read(&self, value: &Tree<'_>) -> bool {
        matches!(self.need(value), Need::Needed)
    }

    fn need(&self, value: &Tree<'_>) -> Need {
        let place = value.place();
        if self.reading.read.borrow().contains(&place) {
            return Need::Needed;
        }
        let Some(without) = self.without.filter(|_| !self.reading.passed.borrow().contains(&place)) else {
            return Need::Passed(None);
        };
        if let Some(need) = self.known.borrow().get(&place) {
            return need.clone();
        }
        let Some(left) = self.left.get().checked_sub(1) else { return Need::Needed };
        self.left.set(left);
        let need = without(value);
        self.known.borrow_mut().insert(place, need.clone());
        need
    }

    /// Whether this is an argument that was read, in whatever way.
    pub(crate) fn has_accepted(&self, argument: &Tree<'_>) -> bool {
        self.reading.accepted.borrow().contains(&argument.place())
    }

    /// Whether this list was read as the fields of a struct.
    pub(crate) fn is_struct(&self, list: &Tree<'_>) -> bool {
        self.reading.structs.borrow().contains(&list.place())
    }

    /// The name of the first field in these values that the type has passed over.
    pub(crate) fn passed_over<'t>(&self, values: &'t [Tree<'_>]) -> Option<&'t str> {
        values.iter().find_map(|value| {
            let fields = value.fields().iter().find_map(|(name, field)| {
                let is_passed = self.reading.passed.borrow().contains(&field.place());
                if is_passed { Some(&**name) } else { self.passed_over(std::slice::from_ref(field)) }
            });
            fields.or_else(|| self.passed_over(value.elements()))
        })
    }

    /// The first field that the type kept for later and then made no use of, and why.
    fn find_dropped(&self, value: &Tree<'_>, path: &mut String) -> Option<String> {
        let is_read = |value: &Tree<'_>| self.reading.read.borrow().contains(&value.place());
        for (name, field) in value.fields() {
            let before = path.len();
            push_key(path, name);
            if is_read(value)
                && !self.reading.passed.borrow().contains(&field.place())
                && let Need::Passed(why) = self.need(field)
            {
                return Some(why.unwrap_or_else(|| "the type does not use it".to_owned()));
            }
            let found = self.find_dropped(field, path);
            if found.is_some() {
                return found;
            }
            path.truncate(before);
        }
        for (index, element) in value.elements().iter().enumerate() {
            let before = path.len();
            push_index(path, index);
            let found = self.find_dropped(element, path);
            if found.is_some() {
                return found;
            }
            path.truncate(before);
        }
        None
    }
}

/// Decides about a value that `serde_json` has read, or has failed to read. `reread` reads it again.
///
/// # Errors
///
/// All that the model has to correct; `noun` is what it calls a part of the value.
#[cold]
pub(crate) fn judge<V>(
    schema: &Value,
    noun: &str,
    text: &str,
    read: Option<V>,
    reread: impl Fn(&Tree<'_>, &Reading) -> Result<V, ReadError>,
) -> Result<V, String> {
    let Some(tree) = Tree::parse(text) else {
        return Err(format!("the {noun}s are wrong: they are nested too deeply, or are not valid JSON"));
    };
    // To read a type with alternatives in alternatives takes an exponential time, and it has failed once already.
    if read.is_none()
        && schema.get("$defs").is_some()
        && tree.numbers().all(Tree::is_integer)
        && let Some(wrong) = mistakes(schema, &tree, None).tell(noun)
    {
        return Err(wrong);
    }
    let mut reading = Reading::default();
    let (reread_value, mut errors) = observe(|| reread(&tree, &reading));
    let value = match (reread_value, read) {
        // The first reader knows a number to the last digit even where it is kept as text.
        (Ok(value), read) => read.unwrap_or(value),
        (Err(error), read) => {
            let whole = Reading { shows_whole: true, ..Reading::default() };
            let second = tree.numbers().any(Tree::is_whole_float).then(|| observe(|| reread(&tree, &whole)));
            match (second, read) {
                (Some((Ok(value), made)), _) => {
                    (reading, errors) = (whole, made);
                    value
                }
                // The type reads it, and cannot be asked how.
                (_, Some(value)) => return Ok(value),
                (_, None) => {
                    let wrong = mistakes(schema, &tree, Some(&Reader::new(&reading, None)));
                    return Err(wrong.tell(noun).unwrap_or_else(|| tell(&error.path(), &error.to_string(), noun)));
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
    if let Some(wrong) = mistakes(schema, &tree, Some(&reader)).tell(noun) {
        return Err(wrong);
    }
    let mut path = String::new();
    match (errors.count > 0).then(|| reader.find_dropped(&tree, &mut path)).flatten() {
        Some(why) => Err(tell(path.strip_prefix('.').unwrap_or(&path), &format!("it was not read: {why}"), noun)),
        None => Ok(value),
    }
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
fn tell(path: &str, why: &str, noun: &str) -> String {
    SchemaViolation { path: shorten(path), place: "", text: shorten(why) }.tell(noun)
}

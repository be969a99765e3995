//! [`Reader`]: how a type has used each part of a value.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::path::{push_index, push_key};
use super::read_error::{Errors, ReadError};
use super::reading::Reading;
use super::tree::Tree;
use crate::tool::texts;

/// A record of how a type has used each part of a value.
pub(crate) struct Reader<'r> {
    reading: &'r Reading,
    /// Reads again without the value at a place; `None` if the type has already failed.
    without: Option<&'r dyn Fn(&Tree<'_>) -> Need>,
    /// The results of `without`, by place.
    known: RefCell<HashMap<usize, Need>>,
    /// The number of further calls of `without`. After that, values count as read.
    left: Cell<u32>,
}

/// The result of reading without one value.
#[derive(Clone, Debug)]
pub(crate) enum Need {
    Needed,
    /// The type reads the rest equally well. The text is the error with which it ignored the value, if any.
    Passed(Option<String>),
}

impl Need {
    /// Compares a reading with a reading without one field. In both, the field comes last.
    ///
    /// For a field in an `Option` with `#[serde(flatten)]`, or inside alternatives, only the errors that the type has
    /// ignored differ. They are equal before the field, and after the object.
    pub(crate) fn of<V>(field: &Tree<'_>, with: &Errors, without: &Errors, result: &Result<V, ReadError>) -> Self {
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
            // All fields were read, including this one, and then another field was missing.
            Some(last) if last.is_missing && is_simple => Self::Passed(Some(last.text.clone())),
            // Without the field there are more errors, so the type uses the field.
            _ if without.len() > with.len() => Self::Needed,
            last => Self::Passed(last.map(|last| last.text.clone())),
        }
    }
}

impl<'r> Reader<'r> {
    pub(crate) fn new(reading: &'r Reading, without: Option<&'r dyn Fn(&Tree<'_>) -> Need>) -> Self {
        const TIMES: u32 = 32;
        Self { reading, without, known: RefCell::default(), left: Cell::new(TIMES) }
    }

    /// Returns `true` if the type has read this value and not skipped it.
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

    /// Returns `true` if this is an argument that was read successfully.
    pub(crate) fn has_accepted(&self, argument: &Tree<'_>) -> bool {
        self.reading.accepted.borrow().contains(&argument.place())
    }

    /// Returns `true` if this list was read as the fields of a struct.
    pub(crate) fn is_struct(&self, list: &Tree<'_>) -> bool {
        self.reading.structs.borrow().contains(&list.place())
    }

    /// Returns the name of the first field in these values that the type has skipped.
    pub(crate) fn passed_over<'t>(&self, values: &'t [Tree<'_>]) -> Option<&'t str> {
        values.iter().find_map(|value| {
            let fields = value.fields().iter().find_map(|(name, field)| {
                let is_passed = self.reading.passed.borrow().contains(&field.place());
                if is_passed { Some(&**name) } else { self.passed_over(std::slice::from_ref(field)) }
            });
            fields.or_else(|| self.passed_over(value.elements()))
        })
    }

    /// Finds the first field that the type buffered and then did not use. Returns the reason, and leaves its path in
    /// `path`.
    pub(crate) fn find_dropped(&self, value: &Tree<'_>, path: &mut String) -> Option<String> {
        let is_read = |value: &Tree<'_>| self.reading.read.borrow().contains(&value.place());
        for (name, field) in value.fields() {
            let before = path.len();
            push_key(path, name);
            if is_read(value)
                && !self.reading.passed.borrow().contains(&field.place())
                && let Need::Passed(why) = self.need(field)
            {
                return Some(why.map_or_else(|| texts::IS_UNUSED.to_owned(), |why| texts::cannot_be_read(&why)));
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

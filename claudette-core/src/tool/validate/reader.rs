//! [`Reader`]: what a type has done with each part of a value.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::path::{push_index, push_key};
use super::read_error::{Errors, ReadError};
use super::reading::Reading;
use super::tree::Tree;
use crate::tool::texts;

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
pub(crate) enum Need {
    Needed,
    /// It reads the rest just as well. If it has looked at the value, this is what it did not understand.
    Passed(Option<String>),
}

impl Need {
    /// Compares how a value is read with how it is read without one field. In both, the field comes last.
    ///
    /// Of a field in an `Option` with `#[serde(flatten)]`, or behind alternatives, only the errors tell that the type has
    /// swallowed. They are the same up to the field, and again after the object.
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
            // All fields were read, this one included, and then it turned out that another is not there.
            Some(last) if last.is_missing && is_simple => Self::Passed(Some(last.text.clone())),
            // The type would understand the field, and only has to be given it.
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

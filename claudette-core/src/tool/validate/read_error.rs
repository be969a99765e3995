//! [`ReadError`]: the reason and the place of a value that a type refused, and a record of such errors.

use std::cell::RefCell;
use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::number::Decimal;
use super::path::{push_index, push_key};
use super::tree::{Kind, Tree};
use crate::tool::texts;

/// The reason why a type refused a value, and the path to the value.
#[derive(Debug)]
pub struct ReadError {
    /// In reverse order, from the value to the root.
    path: Vec<Step>,
    why: Box<Why>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Field(String),
    Element(usize),
}

#[derive(Debug)]
enum Why {
    /// A message of the type itself.
    Custom(String),
    /// A message of serde, which contains a number as it was read and not as it was written.
    Unfit { what: &'static str, number: Option<(&'static str, Decimal)>, got: String, expected: String },
}

impl ReadError {
    fn new(why: Why) -> Self {
        let this = Self { path: Vec::new(), why: Box::new(why) };
        ERRORS.with_borrow_mut(|errors| errors.note(&this));
        this
    }

    /// Adds the step from the containing value to the value with the error.
    pub(crate) fn inside(mut self, step: impl FnOnce() -> Step) -> Self {
        self.path.push(step());
        self
    }

    pub(crate) fn of_field(self, name: &str) -> Self {
        self.inside(|| Step::Field(name.to_owned()))
    }

    /// Replaces the number in the message by its text in the JSON.
    pub(crate) fn about(mut self, tree: &Tree<'_>) -> Self {
        if let Why::Unfit { number, got, .. } = &mut *self.why
            && let Some((kind, value)) = number
        {
            let is_equal = |it: &&Tree<'_>| it.decimal().as_ref() == Some(value);
            let written = match tree.kind {
                Kind::Number => Some(tree),
                _ => tree.numbers().find(is_equal),
            };
            if let Some(written) = written {
                *got = format!("{kind} `{}`", written.brief());
                *number = None;
            }
        }
        self
    }

    /// Returns the path to the value: `list[1].x`.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Field(name) => push_key(&mut path, name),
                Step::Element(index) => push_index(&mut path, *index),
            }
        }
        path.strip_prefix('.').map(str::to_owned).unwrap_or(path)
    }

    /// Returns `true` if the value has a JSON type that the Rust type does not read.
    pub(crate) fn is_of_another_type(&self) -> bool {
        matches!(*self.why, Why::Unfit { what: "type", .. })
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.why {
            Why::Custom(text) => f.write_str(text),
            Why::Unfit { number: Some((kind, _)), expected, .. } => f.write_str(&texts::expected(expected, kind)),
            Why::Unfit { got, expected, .. } => f.write_str(&texts::expected(expected, got)),
        }
    }
}

impl std::error::Error for ReadError {}

/// The errors that occurred while a value was read. If the value was read nevertheless, its type has ignored them: it
/// tried another variant, or used `None` for a value that it could not read.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    pub(crate) count: usize,
    pub(crate) first: Vec<Made>,
}

/// An error that occurred.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Made {
    pub(crate) text: String,
    /// `true` if the error occurred at the end of an object because a field was missing.
    pub(crate) is_missing: bool,
}

thread_local! {
    /// A thread-local, because serde creates errors with associated functions that have no access to other state.
    static ERRORS: RefCell<Errors> = RefCell::default();
}

/// Reads a value, and records the errors that occur meanwhile.
pub(crate) fn observe<V>(read: impl FnOnce() -> V) -> (V, Errors) {
    let before = ERRORS.take();
    let value = read();
    (value, ERRORS.replace(before))
}

impl Errors {
    fn note(&mut self, error: &ReadError) {
        const MOST: usize = 256;
        self.count += 1;
        if self.first.len() < MOST {
            self.first.push(Made { text: error.to_string(), is_missing: false });
        }
    }

    fn note_missing(&mut self) {
        let is_kept = self.count == self.first.len();
        if let Some(last) = self.first.last_mut().filter(|_| is_kept) {
            last.is_missing = true;
        }
    }
}

impl de::Error for ReadError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Why::Custom(message.to_string()))
    }

    fn missing_field(field: &'static str) -> Self {
        let this = Self::custom(texts::required_field(field));
        ERRORS.with_borrow_mut(Errors::note_missing);
        this
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unfit("type", got, expected)
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unfit("value", got, expected)
    }
}

impl ReadError {
    #[cold]
    fn unfit(what: &'static str, got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let number = match got {
            Unexpected::Unsigned(number) => Some(("integer", Decimal::of(&number.to_string()))),
            Unexpected::Signed(number) => Some(("integer", Decimal::of(&number.to_string()))),
            Unexpected::Float(number) if number.is_finite() => {
                Some(("floating point", Decimal::of(&number.to_string())))
            }
            _ => None,
        };
        // Use the word of JSON instead of Rust's `unit`.
        let got = if got == Unexpected::Unit { "null".to_owned() } else { got.to_string() };
        Self::new(Why::Unfit { what, number, got, expected: expected.to_string() })
    }
}

//! [`Reading`]: how a value is read, and what its type did with each part of it.

use std::cell::RefCell;
use std::collections::HashSet;

/// How a value is read, and what was seen while it was.
#[derive(Debug, Default)]
pub struct Reading {
    /// Numbers without a fraction are shown as integers to a type that takes anything, as one with a tag.
    pub(crate) shows_whole: bool,
    /// The place of a field that comes after all others of its object.
    pub(crate) last: Option<usize>,
    /// That field is kept back: a type that wants it fails.
    pub(crate) withholds_last: bool,
    /// The places of the values that a type asked for by their kind, and read.
    pub(crate) read: RefCell<HashSet<usize>>,
    /// The places of the values that a type passed over.
    pub(crate) passed: RefCell<HashSet<usize>>,
    /// The places of the arguments that were read.
    pub(crate) accepted: RefCell<HashSet<usize>>,
    /// The places of lists that were read as structs.
    pub(crate) structs: RefCell<HashSet<usize>>,
}

//! [`Reading`]: the options for reading a value, and a record of how its type used each part.

use std::cell::RefCell;
use std::collections::HashSet;

/// The options for reading a value, and a record of how its type used each part.
#[derive(Debug, Default)]
pub struct Reading {
    /// `true` to pass numbers without a fraction as integers to types that accept any value, such as tagged enums.
    pub(crate) shows_whole: bool,
    /// The place of a field that is read after all others of its object.
    pub(crate) last: Option<usize>,
    /// `true` to withhold that field: a type that needs it fails.
    pub(crate) withholds_last: bool,
    /// The places of the values that a type requested by their kind, and read.
    pub(crate) read: RefCell<HashSet<usize>>,
    /// The places of the values that a type skipped.
    pub(crate) passed: RefCell<HashSet<usize>>,
    /// The places of the arguments that were read.
    pub(crate) accepted: RefCell<HashSet<usize>>,
    /// The places of lists that were read as structs.
    pub(crate) structs: RefCell<HashSet<usize>>,
}

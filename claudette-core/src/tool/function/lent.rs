//! [`Owned`]: the owned type that is read for an argument taken by reference.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

/// A type that a function takes as `&Self` and that is read as an owned type: `&str` is read as a `String`.
pub trait Lent {
    /// The type that is read.
    type Owned: Borrow<Self>;
}

/// The type that is read for an argument `&T`.
pub type Owned<T> = <T as Lent>::Owned;

impl<T> Lent for T {
    type Owned = T;
}

impl Lent for str {
    type Owned = String;
}

impl<T> Lent for [T] {
    type Owned = Vec<T>;
}

impl Lent for Path {
    type Owned = PathBuf;
}

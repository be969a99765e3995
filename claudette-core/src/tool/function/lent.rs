//! [`Owned`]: what is read for an argument that a function takes by reference.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

/// What is lent to the function as `&Self`, and read as another type: `&str` as a `String`.
pub trait Lent {
    /// What is read.
    type Owned: Borrow<Self>;
}

/// What is read for an argument `&T`.
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

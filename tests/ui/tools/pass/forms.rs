#![deny(warnings)]
#![no_implicit_prelude]

use ::claudette::{Toolset, tool, tools};

/// One.
#[tool]
fn one() {}

/// Two.
#[tool]
fn two() {}

#[::core::prelude::v1::test]
fn it_is_accepted() {
    let none: Toolset = tools![];
    ::std::assert!(none.is_empty());
    let set = tools![one, self::two,];
    ::std::assert_eq!(set.len(), 2);
    ::std::assert_eq!(tools![one].with(tools!(two)).with(none).len(), 2);
}

//! Tools without a prelude, and with names that generated code might use.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub, missing_debug_implementations)]

/// A module with the name of a crate.
pub mod core {}

/// A type with the name of one in the prelude.
#[derive(Clone, Copy, Debug)]
pub struct Result;

/// Has arguments with names that generated code might use.
#[::claudette::tool]
pub async fn input(
    /// Not the raw arguments
    input: i64,
    /// Not the context
    cx: ::std::option::Option<i64>,
    /// Not the first local
    #[tool(default = ::std::string::String::new())]
    arg0: ::std::string::String,
    /// Not the parameters
    __p: ::std::vec::Vec<bool>,
) -> ::std::result::Result<bool, ::std::string::String> {
    ::std::result::Result::Ok(cx == ::std::option::Option::Some(input) && arg0.is_empty() && __p.is_empty())
}

#[::core::prelude::v1::test]
fn it_is_accepted() {
    let set = ::claudette::tools![input];
    ::std::assert_eq!(set.len(), 1);
}

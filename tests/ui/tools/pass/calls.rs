//! Enums of calls in every form, without a prelude, public and inside functions.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unreachable_pub)]

use ::claudette::tools;

/// Finds an order.
#[::claudette::tool(crate = ::claudette)]
pub fn find(
    /// Id
    id: &str,
) {
    let _ = id;
}

/// Matches.
#[::claudette::tool]
#[deprecated = "old"]
pub fn r#match() {}

tools! {
    /// The calls of a shop.
    #[derive(Debug)]
    pub enum Calls {
        self::find,
        r#match,
        #[cfg(any())]
        missing,
    }
}

macro_rules! calls {
    ($vis:vis $name:ident: $($tool:ident),*) => {
        tools!($vis enum $name { $($tool),* });
    };
}

calls!(pub(crate) Again: find);

#[::core::prelude::v1::test]
fn it_is_accepted() {
    tools!(
        enum Local {
            Found = find,
        }
    );

    let call = ::claudette::ToolUse::new(
        "toolu_1",
        "find",
        <::std::collections::BTreeMap<_, _> as ::std::convert::From<_>>::from([("id", "O1")]),
    );
    let local = <Local as ::std::convert::TryFrom<_>>::try_from(&call);
    ::std::assert!(::std::matches!(local, ::std::result::Result::Ok(Local::Found(find { id })) if id == "O1"));
    ::std::assert_eq!((Calls::tools().len(), Again::tools().len(), Local::tools().len()), (2, 1, 1));
}

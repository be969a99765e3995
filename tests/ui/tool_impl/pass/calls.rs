//! Enums of the calls of a block, without a prelude.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unreachable_pub)]

use ::claudette::tooling::TypedCall;

/// A bank.
pub struct Bank(u32);

struct Opaque(u8);

impl<'de> ::serde::Deserialize<'de> for Opaque {
    fn deserialize<D: ::serde::Deserializer<'de>>(json: D) -> ::std::result::Result<Self, D::Error> {
        ::std::result::Result::map(<u8 as ::serde::Deserialize>::deserialize(json), Opaque)
    }
}

impl ::schemars::JsonSchema for Opaque {
    fn schema_name() -> ::std::borrow::Cow<'static, str> {
        <u8 as ::schemars::JsonSchema>::schema_name()
    }

    fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
        <u8 as ::schemars::JsonSchema>::json_schema(generator)
    }
}

#[::claudette::tool(calls = pub BankCalls)]
impl Bank {
    /// Pays.
    #[tool]
    #[deprecated = "old"]
    pub fn pay(
        &self,
        /// Amount
        amount: u32,
        /// Receiver
        r#type: ::std::borrow::Cow<'_, str>,
    ) -> u32 {
        let _ = r#type;
        self.0 + amount
    }
}

struct Other;

#[::claudette::tool(crate = ::claudette, calls = OtherCalls)]
impl Other {
    /// Opens.
    #[tool]
    fn r#match(
        /// Anything
        opaque: Opaque,
    ) {
        let _ = opaque.0;
    }

    /// Closes.
    #[tool]
    fn _1(&self) {}
}

#[::core::prelude::v1::test]
fn it_is_accepted() {
    let call = ::claudette::ToolUse::new(
        "toolu_1",
        "match",
        <::std::collections::BTreeMap<_, _> as ::std::convert::From<_>>::from([("opaque", 1)]),
    );
    let read = <OtherCalls as TypedCall>::read(&call);
    ::std::assert!(::std::matches!(read, ::std::result::Result::Ok(OtherCalls::Match { opaque: Opaque(1) })));
    ::std::assert_eq!(OtherCalls::NAMES, ["match", "_1"]);
    ::std::assert_eq!(BankCalls::NAMES, ["pay"]);
    let _ = OtherCalls::_1 {};
    let _ = (Bank(1), Other);
}

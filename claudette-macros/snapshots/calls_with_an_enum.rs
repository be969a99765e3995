#[allow(dead_code, clippy::enum_variant_names, clippy::large_enum_variant)]
enum ShopCalls {
    /// A call of `find_order`.
    FindOrder(find_order),
    /// One of the calls of `bank::BankCalls`.
    Bank(bank::BankCalls),
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    const _: () = if let __p::Option::Some(repeated) = __p::repeated::<
        { <ShopCalls as __p::TypedCall>::NAMES.len() },
    >(<ShopCalls as __p::TypedCall>::NAMES) {
        ::core::panic!("{}", repeated.text());
    };
    impl ShopCalls {
        /// Returns the tools that this enum lists by name.
        #[allow(dead_code)]
        fn tools() -> __p::Toolset {
            __p::toolset([<find_order as __p::NamedTool>::tool()])
        }
    }
    #[automatically_derived]
    impl __p::TypedCall for ShopCalls {
        const NAMES: &'static [&'static str] = {
            const NAMES: &[&[&str]] = &[
                &[<find_order as __p::NamedTool>::NAME],
                <bank::BankCalls as __p::TypedCall>::NAMES,
            ];
            &__p::joined::<{ __p::count(NAMES) }>(NAMES)
        };
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            if __p::is_call(call, <find_order as __p::NamedTool>::NAME) {
                return __p::Result::map(
                    <find_order as __p::TypedCall>::read(call),
                    Self::FindOrder,
                );
            }
            if __p::is_call_of::<bank::BankCalls>(call) {
                return __p::Result::map(
                    <bank::BankCalls as __p::TypedCall>::read(call),
                    Self::Bank,
                );
            }
            __p::Err(__p::other_tool(call, Self::NAMES))
        }
    }
    #[automatically_derived]
    impl __p::TryFrom<&__p::ToolUse> for ShopCalls {
        type Error = __p::Error;
        fn try_from(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            <Self as __p::TypedCall>::read(call)
        }
    }
};

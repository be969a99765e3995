/// The calls of a shop.
#[derive(Debug)]
#[allow(dead_code, clippy::enum_variant_names, clippy::large_enum_variant)]
pub(crate) enum OrderCalls {
    /// A call of `find_order`.
    FindOrder(find_order),
    /// Not a refund.
    #[cfg(unix)]
    Cancel(orders::cancel_order),
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    const _: () = if let __p::Option::Some(repeated) = __p::repeated::<
        { <OrderCalls as __p::TypedCall>::NAMES.len() },
    >(<OrderCalls as __p::TypedCall>::NAMES) {
        ::core::panic!("{}", repeated.text());
    };
    impl OrderCalls {
        /// Returns the tools that this enum lists by name.
        #[allow(dead_code)]
        pub(crate) fn tools() -> __p::Toolset {
            __p::toolset([
                <find_order as __p::NamedTool>::tool(),
                #[cfg(unix)]
                <orders::cancel_order as __p::NamedTool>::tool(),
            ])
        }
    }
    #[automatically_derived]
    impl __p::TypedCall for OrderCalls {
        const NAMES: &'static [&'static str] = &[
            <find_order as __p::NamedTool>::NAME,
            #[cfg(unix)]
            <orders::cancel_order as __p::NamedTool>::NAME,
        ];
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            if __p::is_call(call, <find_order as __p::NamedTool>::NAME) {
                return __p::Result::map(
                    <find_order as __p::TypedCall>::read(call),
                    Self::FindOrder,
                );
            }
            #[cfg(unix)]
            if __p::is_call(call, <orders::cancel_order as __p::NamedTool>::NAME) {
                return __p::Result::map(
                    <orders::cancel_order as __p::TypedCall>::read(call),
                    Self::Cancel,
                );
            }
            __p::Err(__p::other_tool(call, Self::NAMES))
        }
    }
    #[automatically_derived]
    impl __p::TryFrom<&__p::ToolUse> for OrderCalls {
        type Error = __p::Error;
        fn try_from(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            <Self as __p::TypedCall>::read(call)
        }
    }
};

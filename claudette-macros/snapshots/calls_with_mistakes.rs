::core::compile_error! {
    "two variants have the name `Find`; name this one differently, as in `OtherFind = other::find`"
}
#[allow(dead_code, clippy::enum_variant_names, clippy::large_enum_variant)]
enum Calls {
    /// A call of `find`.
    Find(find),
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    const _: () = if let __p::Option::Some(repeated) = __p::repeated::<
        { <Calls as __p::TypedCall>::NAMES.len() },
    >(<Calls as __p::TypedCall>::NAMES) {
        ::core::panic!("{}", repeated.text());
    };
    impl Calls {
        /// Returns the tools that this enum lists by name.
        #[allow(dead_code)]
        fn tools() -> __p::Toolset {
            __p::toolset([<find as __p::NamedTool>::tool()])
        }
    }
    #[automatically_derived]
    impl __p::TypedCall for Calls {
        const NAMES: &'static [&'static str] = &[<find as __p::NamedTool>::NAME];
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            if __p::is_call(call, <find as __p::NamedTool>::NAME) {
                return __p::Result::map(
                    <find as __p::TypedCall>::read(call),
                    Self::Find,
                );
            }
            __p::Err(__p::other_tool(call, Self::NAMES))
        }
    }
    #[automatically_derived]
    impl __p::TryFrom<&__p::ToolUse> for Calls {
        type Error = __p::Error;
        fn try_from(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            <Self as __p::TypedCall>::read(call)
        }
    }
};

#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_async
)]
#[cfg(unix)]
///Reads the clock.
#[doc = include_str!("clock.md")]
pub(crate) fn clock(kind: crate::Kind) -> Result<String, Error> {
    kind.read()
}
#[cfg(unix)]
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    dead_code,
    missing_docs,
    missing_copy_implementations,
    private_interfaces,
)]
pub(crate) struct clock {
    pub kind: crate::Kind,
}
#[cfg(unix)]
#[allow(deprecated)]
const _: () = {
    use ::renamed::__private as __p;
    #[inline]
    fn __readers() -> &'static (__p::Param<crate::Kind>, ()) {
        const { &(__p::param::<crate::Kind>("type", KINDS), ()) }
    }
    #[automatically_derived]
    impl __p::NamedTool for clock {
        const NAME: &'static str = "get-time";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let readers = __readers;
                let definition = __p::definition(
                        "get-time",
                        ::core::concat!("Reads the clock.\n", include_str!("clock.md")),
                        ::core::concat!(
                            ::core::module_path!(), "::", ::core::stringify!(clock)
                        ),
                        readers(),
                    )
                    .strict(true);
                __p::function(
                        definition,
                        const { &[] },
                        readers,
                        |values, cx| __p::Box::pin(async move {
                            let (arg0, ()) = values;
                            __p::output!(clock(arg0))
                        }),
                    )
                    .returns(__p::output_schema!(Result < String, Error >))
            }));
            __p::Clone::clone(&*TOOL)
        }
    }
    #[automatically_derived]
    impl __p::TypedCall for clock {
        const NAMES: &'static [&'static str] = &["get-time"];
        #[inline]
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            match __p::read_tool::<Self, _>(__readers(), call) {
                __p::Ok((arg0, ())) => __p::Ok(Self { kind: arg0 }),
                __p::Err(error) => __p::Err(error),
            }
        }
    }
    #[automatically_derived]
    impl __p::fmt::Debug for clock {
        #[inline]
        fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
            #[allow(unused_imports)]
            use __p::{DebugField as _, HiddenField as _};
            __p::show_call(f, "clock", &[("kind", (&&__p::Field(&self.kind)).shown())])
        }
    }
    #[automatically_derived]
    impl __p::Clone for clock
    where
        for<'a> crate::Kind: __p::Clone,
    {
        #[inline]
        fn clone(&self) -> Self {
            Self {
                kind: __p::Clone::clone(&self.kind),
            }
        }
    }
    #[automatically_derived]
    impl __p::PartialEq for clock
    where
        for<'a> crate::Kind: __p::PartialEq,
    {
        #[inline]
        #[allow(unused_variables)]
        fn eq(&self, other: &Self) -> bool {
            true && __p::PartialEq::eq(&self.kind, &other.kind)
        }
    }
};

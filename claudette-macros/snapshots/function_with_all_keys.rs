#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
#[cfg(unix)]
///Reads the clock.
#[doc = include_str!("clock.md")]
pub(crate) fn clock(kind: crate::Kind) -> Result<String, Error> {
    kind.read()
}
#[cfg(unix)]
#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::default::Default
)]
pub(crate) struct clock {}
#[cfg(unix)]
#[allow(deprecated)]
const _: () = {
    use ::renamed::__private as __p;
    const __PARAMS: (__p::Param<crate::Kind>, ()) = (
        __p::param::<crate::Kind>("type", KINDS),
        (),
    );
    #[automatically_derived]
    impl __p::Tool for clock {
        fn definition(&self) -> &__p::ToolDefinition {
            static DEFINITION: __p::LazyLock<__p::ToolDefinition> = __p::LazyLock::new(||
            {
                let origin = ::core::concat!(
                    ::core::module_path!(), "::", ::core::stringify!(clock)
                );
                __p::definition(
                        "get-time",
                        ::core::concat!("Reads the clock.\n", include_str!("clock.md")),
                        origin,
                        &__PARAMS,
                    )
                    .strict(true)
            });
            &DEFINITION
        }
        fn call<'a>(
            &'a self,
            input: &'a __p::RawValue,
            cx: &'a __p::ToolContext,
        ) -> __p::BoxFuture<'a, __p::Result<__p::ToolOutput, __p::ToolError>> {
            __p::Box::pin(async move {
                let (arg0, ()) = __p::arguments(&__PARAMS, input)?;
                __p::output!(clock(arg0))
            })
        }
    }
};

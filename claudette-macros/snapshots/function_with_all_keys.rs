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
    missing_debug_implementations,
    missing_copy_implementations,
)]
pub(crate) struct clock {}
#[cfg(unix)]
#[allow(deprecated)]
const _: () = {
    use ::renamed::__private as __p;
    #[automatically_derived]
    impl __p::NamedTool for clock {
        const NAME: &'static str = "get-time";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let params = || const {
                    &(__p::param::<crate::Kind>("type", KINDS), ())
                };
                let definition = __p::definition(
                        "get-time",
                        ::core::concat!("Reads the clock.\n", include_str!("clock.md")),
                        ::core::concat!(
                            ::core::module_path!(), "::", ::core::stringify!(clock)
                        ),
                        params(),
                    )
                    .strict(true);
                __p::function(
                        definition,
                        const { &[] },
                        params,
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
};

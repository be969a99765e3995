#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_async
)]
/// Adds a + b.
pub async fn sums(a: i64, b: i64) -> i64 {
    a + b
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    dead_code,
    missing_debug_implementations,
    missing_copy_implementations,
)]
pub struct sums {}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[automatically_derived]
    impl __p::NamedTool for sums {
        const NAME: &'static str = "sums";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let params = || const {
                    &(
                        __p::param::<i64>("a", "First thing to sum"),
                        (
                            __p::param::<i64>("b", "Second thing to sum")
                                .or(|| 1, __p::show!()),
                            (),
                        ),
                    )
                };
                let definition = __p::definition(
                    "sums",
                    "Adds a + b.",
                    ::core::concat!(
                        ::core::module_path!(), "::", ::core::stringify!(sums)
                    ),
                    params(),
                );
                __p::function(
                        definition,
                        const { &[] },
                        params,
                        |values, cx| __p::Box::pin(async move {
                            let (arg0, (arg1, ())) = values;
                            __p::output!(sums(arg0, arg1). await)
                        }),
                    )
                    .returns(__p::output_schema!(i64))
            }));
            __p::Clone::clone(&*TOOL)
        }
    }
};

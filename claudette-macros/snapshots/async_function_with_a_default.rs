#[allow(clippy::needless_pass_by_value, clippy::unused_async)]
/// Adds a + b.
pub async fn sums(a: i64, b: i64) -> i64 {
    a + b
}
#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::default::Default
)]
pub struct sums {}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    const __PARAMS: (__p::Param<i64>, (__p::Param<i64>, ())) = (
        __p::param::<i64>("a", "First thing to sum"),
        (__p::param::<i64>("b", "Second thing to sum").or(|| 1, __p::show!()), ()),
    );
    #[automatically_derived]
    impl __p::Tool for sums {
        fn definition(&self) -> &__p::ToolDefinition {
            static DEFINITION: __p::LazyLock<__p::ToolDefinition> = __p::LazyLock::new(||
            {
                let origin = ::core::concat!(
                    ::core::module_path!(), "::", ::core::stringify!(sums)
                );
                __p::definition("sums", "Adds a + b.", origin, &__PARAMS)
            });
            &DEFINITION
        }
        fn call<'a>(
            &'a self,
            input: &'a __p::RawValue,
            cx: &'a __p::ToolContext,
        ) -> __p::BoxFuture<'a, __p::Result<__p::ToolOutput, __p::ToolError>> {
            __p::Box::pin(async move {
                let (arg0, (arg1, ())) = __p::arguments(&__PARAMS, input)?;
                __p::output!(sums(arg0, arg1). await)
            })
        }
    }
};

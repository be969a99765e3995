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
    missing_docs,
    missing_copy_implementations,
    private_interfaces,
)]
pub struct sums {
    pub a: i64,
    pub b: i64,
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[inline]
    fn __readers() -> &'static (__p::Param<i64>, (__p::Param<i64>, ())) {
        const {
            &(
                __p::param::<i64>("a", "First thing to sum"),
                (
                    __p::param::<i64>("b", "Second thing to sum").or(|| 1, __p::show!()),
                    (),
                ),
            )
        }
    }
    #[automatically_derived]
    impl __p::NamedTool for sums {
        const NAME: &'static str = "sums";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let readers = __readers;
                let definition = __p::definition(
                    "sums",
                    "Adds a + b.",
                    ::core::concat!(
                        ::core::module_path!(), "::", ::core::stringify!(sums)
                    ),
                    readers(),
                );
                __p::function(
                        definition,
                        const { &[] },
                        readers,
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
    #[automatically_derived]
    impl __p::TypedCall for sums {
        const NAMES: &'static [&'static str] = &["sums"];
        #[inline]
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            match __p::read_tool::<Self, _>(__readers(), call) {
                __p::Ok((arg0, (arg1, ()))) => __p::Ok(Self { a: arg0, b: arg1 }),
                __p::Err(error) => __p::Err(error),
            }
        }
    }
    #[automatically_derived]
    impl __p::fmt::Debug for sums {
        #[inline]
        fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
            #[allow(unused_imports)]
            use __p::{DebugField as _, HiddenField as _};
            __p::show_call(
                f,
                "sums",
                &[
                    ("a", (&&__p::Field(&self.a)).shown()),
                    ("b", (&&__p::Field(&self.b)).shown()),
                ],
            )
        }
    }
    #[automatically_derived]
    impl __p::Clone for sums
    where
        for<'a> i64: __p::Clone,
    {
        #[inline]
        fn clone(&self) -> Self {
            Self {
                a: __p::Clone::clone(&self.a),
                b: __p::Clone::clone(&self.b),
            }
        }
    }
    #[automatically_derived]
    impl __p::PartialEq for sums
    where
        for<'a> i64: __p::PartialEq,
    {
        #[inline]
        #[allow(unused_variables)]
        fn eq(&self, other: &Self) -> bool {
            true && __p::PartialEq::eq(&self.a, &other.a)
                && __p::PartialEq::eq(&self.b, &other.b)
        }
    }
};

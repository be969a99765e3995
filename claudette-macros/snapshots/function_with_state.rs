#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_async
)]
/// Current weather for a city.
async fn weather(
    cx: &ToolContext,
    db: State<Stations>,
    city: &str,
    days: Option<u8>,
) -> Result<Forecast, WeatherError> {
    db.forecast(city, days).await
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    dead_code,
    missing_docs,
    missing_copy_implementations,
    private_interfaces,
)]
struct weather {
    pub city: ::claudette::__private::Owned<str>,
    pub days: Option<u8>,
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[inline]
    fn __readers() -> &'static (
        __p::Param<__p::Owned<str>>,
        (__p::Param<Option<u8>>, ()),
    ) {
        const {
            &(
                __p::param::<__p::Owned<str>>("city", "City name, e.g. \"Oslo\""),
                (__p::param::<Option<u8>>("days", "Number of days ahead"), ()),
            )
        }
    }
    #[automatically_derived]
    impl __p::NamedTool for weather {
        const NAME: &'static str = "get_weather";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let readers = __readers;
                let definition = __p::definition(
                    "get_weather",
                    "Current weather for a city.",
                    ::core::concat!(
                        ::core::module_path!(), "::", ::core::stringify!(weather)
                    ),
                    readers(),
                );
                __p::function(
                        definition,
                        const { &[<State<Stations> as __p::IsState>::TYPE] },
                        readers,
                        |values, cx| __p::Box::pin(async move {
                            let (arg0, (arg1, ())) = values;
                            __p::output!(
                                weather(cx, __p::state:: < State < Stations > > (cx) ?, &
                                arg0, arg1). await
                            )
                        }),
                    )
                    .returns(__p::output_schema!(Result < Forecast, WeatherError >))
            }));
            __p::Clone::clone(&*TOOL)
        }
    }
    #[automatically_derived]
    impl __p::TypedCall for weather {
        const NAMES: &'static [&'static str] = &["get_weather"];
        #[inline]
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            match __p::read_tool::<Self, _>(__readers(), call) {
                __p::Ok((arg0, (arg1, ()))) => __p::Ok(Self { city: arg0, days: arg1 }),
                __p::Err(error) => __p::Err(error),
            }
        }
    }
    #[automatically_derived]
    impl __p::fmt::Debug for weather {
        #[inline]
        fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
            #[allow(unused_imports)]
            use __p::{DebugField as _, HiddenField as _};
            __p::show_call(
                f,
                "weather",
                &[
                    ("city", (&&__p::Field(&self.city)).shown()),
                    ("days", (&&__p::Field(&self.days)).shown()),
                ],
            )
        }
    }
    #[automatically_derived]
    impl __p::Clone for weather
    where
        for<'a> Option<u8>: __p::Clone,
        for<'a> __p::Owned<str>: __p::Clone,
    {
        #[inline]
        fn clone(&self) -> Self {
            Self {
                city: __p::Clone::clone(&self.city),
                days: __p::Clone::clone(&self.days),
            }
        }
    }
    #[automatically_derived]
    impl __p::PartialEq for weather
    where
        for<'a> Option<u8>: __p::PartialEq,
        for<'a> __p::Owned<str>: __p::PartialEq,
    {
        #[inline]
        #[allow(unused_variables)]
        fn eq(&self, other: &Self) -> bool {
            true && __p::PartialEq::eq(&self.city, &other.city)
                && __p::PartialEq::eq(&self.days, &other.days)
        }
    }
};

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
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            let (arg0, (arg1, ())) = __p::read_call(
                __p::Tool::definition(&*<Self as __p::NamedTool>::tool()),
                __readers(),
                call,
            )?;
            __p::Ok(Self { city: arg0, days: arg1 })
        }
    }
    #[automatically_derived]
    impl __p::fmt::Debug for weather {
        fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
            #[allow(unused_imports)]
            use __p::{DebugField as _, HiddenField as _};
            f.debug_struct("weather")
                .field("city", (&&__p::Field(&self.city)).shown())
                .field("days", (&&__p::Field(&self.days)).shown())
                .finish()
        }
    }
};

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
    missing_debug_implementations,
    missing_copy_implementations,
)]
struct weather {}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[automatically_derived]
    impl __p::NamedTool for weather {
        const NAME: &'static str = "get_weather";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let params = || const {
                    &(
                        __p::param::<
                            __p::Owned<str>,
                        >("city", "City name, e.g. \"Oslo\""),
                        (__p::param::<Option<u8>>("days", "Number of days ahead"), ()),
                    )
                };
                let definition = __p::definition(
                    "get_weather",
                    "Current weather for a city.",
                    ::core::concat!(
                        ::core::module_path!(), "::", ::core::stringify!(weather)
                    ),
                    params(),
                );
                __p::function(
                        definition,
                        const { &[<State<Stations> as __p::IsState>::TYPE] },
                        params,
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
};

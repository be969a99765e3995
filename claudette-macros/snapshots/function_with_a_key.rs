#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_async
)]
/// Ships an order.
async fn ship(order: Order, carrier: &str, voucher: Option<&str>) {
    order.ship(carrier, voucher).await
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    dead_code,
    missing_debug_implementations,
    missing_copy_implementations,
)]
struct ship {}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[automatically_derived]
    impl __p::NamedTool for ship {
        const NAME: &'static str = "ship";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let params = || const {
                    &(
                        __p::param::<Order>("order", "The order"),
                        (
                            __p::param::<
                                __p::Owned<str>,
                            >("carrier", "Name of the carrier"),
                            (
                                __p::param::<
                                    __p::Option<__p::Owned<str>>,
                                >("voucher", "Voucher"),
                                (),
                            ),
                        ),
                    )
                };
                let definition = __p::definition(
                    "ship",
                    "Ships an order.",
                    ::core::concat!(
                        ::core::module_path!(), "::", ::core::stringify!(ship)
                    ),
                    params(),
                );
                __p::function(
                        definition,
                        const { &[] },
                        params,
                        |values, cx| __p::Box::pin(async move {
                            let (arg0, (arg1, (arg2, ()))) = values;
                            __p::output!(
                                ship(arg0, & arg1, __p::Option::map(__p::Option::as_ref(&
                                arg2), __p::Borrow:: < str > ::borrow)). await
                            )
                        }),
                    )
                    .exclusive_by(|values| {
                        #[allow(unused_imports)]
                        use __p::{LentOptionKey as _, OptionKey as _, ValueKey as _};
                        let (arg0, (arg1, (arg2, ()))) = values;
                        #[allow(unused_variables)]
                        let order = &arg0;
                        #[allow(unused_variables)]
                        let carrier = __p::Borrow::<str>::borrow(&arg1);
                        #[allow(unused_variables)]
                        let voucher = __p::Option::map(
                            __p::Option::as_ref(&arg2),
                            __p::Borrow::<str>::borrow,
                        );
                        #[allow(unused_parens)]
                        let key = &(order.customer);
                        (&&&__p::ExclusiveKey(key)).text()
                    })
            }));
            __p::Clone::clone(&*TOOL)
        }
    }
};

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
    missing_docs,
    missing_copy_implementations,
    private_interfaces,
)]
struct ship {
    pub order: Order,
    pub carrier: ::claudette::__private::Owned<str>,
    pub voucher: ::claudette::__private::Option<::claudette::__private::Owned<str>>,
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[inline]
    fn __readers() -> &'static (
        __p::Param<Order>,
        (__p::Param<__p::Owned<str>>, (__p::Param<__p::Option<__p::Owned<str>>>, ())),
    ) {
        const {
            &(
                __p::param::<Order>("order", "The order"),
                (
                    __p::param::<__p::Owned<str>>("carrier", "Name of the carrier"),
                    (
                        __p::param::<__p::Option<__p::Owned<str>>>("voucher", "Voucher"),
                        (),
                    ),
                ),
            )
        }
    }
    #[automatically_derived]
    impl __p::NamedTool for ship {
        const NAME: &'static str = "ship";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new({
                let readers = __readers;
                let definition = __p::definition(
                    "ship",
                    "Ships an order.",
                    ::core::concat!(
                        ::core::module_path!(), "::", ::core::stringify!(ship)
                    ),
                    readers(),
                );
                __p::function(
                        definition,
                        const { &[] },
                        readers,
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
    #[automatically_derived]
    impl __p::TypedCall for ship {
        const NAMES: &'static [&'static str] = &["ship"];
        #[inline]
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            match __p::read_tool::<Self, _>(__readers(), call) {
                __p::Ok((arg0, (arg1, (arg2, ())))) => {
                    __p::Ok(Self {
                        order: arg0,
                        carrier: arg1,
                        voucher: arg2,
                    })
                }
                __p::Err(error) => __p::Err(error),
            }
        }
    }
    #[automatically_derived]
    impl __p::fmt::Debug for ship {
        #[inline]
        fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
            #[allow(unused_imports)]
            use __p::{DebugField as _, HiddenField as _};
            __p::show_call(
                f,
                "ship",
                &[
                    ("order", (&&__p::Field(&self.order)).shown()),
                    ("carrier", (&&__p::Field(&self.carrier)).shown()),
                    ("voucher", (&&__p::Field(&self.voucher)).shown()),
                ],
            )
        }
    }
    #[automatically_derived]
    impl __p::Clone for ship
    where
        for<'a> Order: __p::Clone,
        for<'a> __p::Option<__p::Owned<str>>: __p::Clone,
        for<'a> __p::Owned<str>: __p::Clone,
    {
        #[inline]
        fn clone(&self) -> Self {
            Self {
                order: __p::Clone::clone(&self.order),
                carrier: __p::Clone::clone(&self.carrier),
                voucher: __p::Clone::clone(&self.voucher),
            }
        }
    }
    #[automatically_derived]
    impl __p::PartialEq for ship
    where
        for<'a> Order: __p::PartialEq,
        for<'a> __p::Option<__p::Owned<str>>: __p::PartialEq,
        for<'a> __p::Owned<str>: __p::PartialEq,
    {
        #[inline]
        #[allow(unused_variables)]
        fn eq(&self, other: &Self) -> bool {
            true && __p::PartialEq::eq(&self.order, &other.order)
                && __p::PartialEq::eq(&self.carrier, &other.carrier)
                && __p::PartialEq::eq(&self.voucher, &other.voucher)
        }
    }
};

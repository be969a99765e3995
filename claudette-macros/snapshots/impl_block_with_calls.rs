impl Bank {
    /// Looks up a customer.
    #[allow(
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::unused_async
    )]
    pub async fn customer(
        &self,
        id: &str,
        #[cfg(unix)]
        other: Option<Self>,
    ) -> Option<Customer> {
        self.store.get(id).await
    }
    /// Counts the customers.
    #[cfg(unix)]
    #[allow(
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::unused_async
    )]
    fn count(&self) -> usize {
        self.store.count()
    }
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[automatically_derived]
    impl __p::OneToolBlockForEachType for Bank
    where
        Bank: __p::Shared,
    {
        fn tools(self: __p::Arc<Self>) -> __p::Toolset {
            let this = self;
            let mut tools = __p::Vec::<__p::Arc<dyn __p::Tool>>::new();
            #[cfg(unix)]
            tools
                .push(
                    __p::Arc::new({
                        let readers = || const {
                            &(
                                __p::param::<
                                    __p::Owned<str>,
                                >("id", "Customer id, e.g. \"C1\""),
                                (__p::param::<Option<Self>>("other", "Another bank"), ()),
                            )
                        };
                        let definition = __p::definition(
                            "customer",
                            "Looks up a customer.",
                            ::core::concat!(
                                ::core::module_path!(), "::", ::core::stringify!(Bank),
                                "::", ::core::stringify!(customer)
                            ),
                            readers(),
                        );
                        __p::function(
                                definition,
                                const { &[] },
                                readers,
                                {
                                    let this = __p::Clone::clone(&this);
                                    move |values, cx| {
                                        let this = __p::Clone::clone(&this);
                                        __p::Box::pin(async move {
                                            let (arg0, (arg1, ())) = values;
                                            __p::output!(Self::customer(& this, & arg0, arg1). await)
                                        })
                                    }
                                },
                            )
                            .returns(__p::output_schema!(Option < Customer >))
                    }),
                );
            #[cfg(not(unix))]
            tools
                .push(
                    __p::Arc::new({
                        let readers = || const {
                            &(
                                __p::param::<
                                    __p::Owned<str>,
                                >("id", "Customer id, e.g. \"C1\""),
                                (),
                            )
                        };
                        let definition = __p::definition(
                            "customer",
                            "Looks up a customer.",
                            ::core::concat!(
                                ::core::module_path!(), "::", ::core::stringify!(Bank),
                                "::", ::core::stringify!(customer)
                            ),
                            readers(),
                        );
                        __p::function(
                                definition,
                                const { &[] },
                                readers,
                                {
                                    let this = __p::Clone::clone(&this);
                                    move |values, cx| {
                                        let this = __p::Clone::clone(&this);
                                        __p::Box::pin(async move {
                                            let (arg0, ()) = values;
                                            __p::output!(Self::customer(& this, & arg0). await)
                                        })
                                    }
                                },
                            )
                            .returns(__p::output_schema!(Option < Customer >))
                    }),
                );
            #[cfg(unix)]
            tools
                .push(
                    __p::Arc::new({
                        let readers = || const { &() };
                        let definition = __p::definition(
                            "count-customers",
                            "Counts the customers.",
                            ::core::concat!(
                                ::core::module_path!(), "::", ::core::stringify!(Bank),
                                "::", ::core::stringify!(count)
                            ),
                            readers(),
                        );
                        __p::function(
                                definition,
                                const { &[] },
                                readers,
                                {
                                    let this = __p::Clone::clone(&this);
                                    move |values, cx| {
                                        let this = __p::Clone::clone(&this);
                                        __p::Box::pin(async move {
                                            let () = values;
                                            __p::output!(Self::count(& this))
                                        })
                                    }
                                },
                            )
                            .returns(__p::output_schema!(usize))
                    }),
                );
            __p::toolset(tools)
        }
    }
    #[automatically_derived]
    impl __p::IntoTools for Bank
    where
        Bank: __p::Shared,
    {
        fn into_tools(self) -> __p::Toolset {
            __p::OneToolBlockForEachType::tools(__p::Arc::new(self))
        }
    }
};
/// The calls of the tools of `Bank`.
#[allow(
    dead_code,
    missing_docs,
    private_interfaces,
    clippy::enum_variant_names,
    clippy::large_enum_variant,
)]
pub(crate) enum BankCalls {
    /// Looks up a customer.
    Customer {
        /// Customer id, e.g. "C1"
        id: ::claudette::__private::Owned<str>,
        #[cfg(unix)]
        /// Another bank
        other: Option<Bank>,
    },
    #[cfg(unix)]
    /// Counts the customers.
    Count {},
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[cfg(unix)]
    #[allow(non_camel_case_types)]
    type __field_0_1 = Option<Bank>;
    #[cfg(not(all(unix)))]
    #[allow(non_camel_case_types)]
    type __field_0_1 = ();
    #[automatically_derived]
    impl __p::TypedCall for BankCalls {
        const NAMES: &'static [&'static str] = &[
            "customer",
            #[cfg(unix)]
            "count-customers",
        ];
        fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            <Bank as __p::ReadCalls<Self>>::read(call)
        }
    }
    #[automatically_derived]
    impl __p::ReadCalls<BankCalls> for Bank {
        fn read(call: &__p::ToolUse) -> __p::Result<BankCalls, __p::Error> {
            if __p::is_call(call, "customer") {
                static DEFINITION: __p::OnceLock<__p::ToolDefinition> = __p::OnceLock::new();
                #[cfg(unix)]
                {
                    let readers = const {
                        &(
                            __p::param::<
                                __p::Owned<str>,
                            >("id", "Customer id, e.g. \"C1\""),
                            (__p::param::<Option<Self>>("other", "Another bank"), ()),
                        )
                    };
                    let definition = DEFINITION
                        .get_or_init(|| __p::definition("customer", "", "", readers));
                    return match __p::read_call(definition, readers, call) {
                        __p::Ok((arg0, (arg1, ()))) => {
                            __p::Ok(BankCalls::Customer {
                                id: arg0,
                                other: arg1,
                            })
                        }
                        __p::Err(error) => __p::Err(error),
                    };
                }
                #[cfg(not(unix))]
                {
                    let readers = const {
                        &(
                            __p::param::<
                                __p::Owned<str>,
                            >("id", "Customer id, e.g. \"C1\""),
                            (),
                        )
                    };
                    let definition = DEFINITION
                        .get_or_init(|| __p::definition("customer", "", "", readers));
                    return match __p::read_call(definition, readers, call) {
                        __p::Ok((arg0, ())) => __p::Ok(BankCalls::Customer { id: arg0 }),
                        __p::Err(error) => __p::Err(error),
                    };
                }
            }
            #[cfg(unix)]
            if __p::is_call(call, "count-customers") {
                static DEFINITION: __p::OnceLock<__p::ToolDefinition> = __p::OnceLock::new();
                {
                    let readers = const { &() };
                    let definition = DEFINITION
                        .get_or_init(|| __p::definition(
                            "count-customers",
                            "",
                            "",
                            readers,
                        ));
                    return match __p::read_call(definition, readers, call) {
                        __p::Ok(()) => __p::Ok(BankCalls::Count {}),
                        __p::Err(error) => __p::Err(error),
                    };
                }
            }
            __p::Err(__p::other_tool(call, <BankCalls as __p::TypedCall>::NAMES))
        }
    }
    #[automatically_derived]
    impl __p::fmt::Debug for BankCalls {
        #[inline]
        fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
            #[allow(unused_imports)]
            use __p::{DebugField as _, HiddenField as _};
            match self {
                #[cfg(unix)]
                BankCalls::Customer { id: value0, other: value1 } => {
                    __p::show_call(
                        f,
                        "Customer",
                        &[
                            ("id", (&&__p::Field(value0)).shown()),
                            ("other", (&&__p::Field(value1)).shown()),
                        ],
                    )
                }
                #[cfg(not(unix))]
                BankCalls::Customer { id: value0 } => {
                    __p::show_call(
                        f,
                        "Customer",
                        &[("id", (&&__p::Field(value0)).shown())],
                    )
                }
                #[cfg(unix)]
                BankCalls::Count {} => __p::show_call(f, "Count", &[]),
            }
        }
    }
    #[automatically_derived]
    impl __p::Clone for BankCalls
    where
        for<'a> __field_0_1: __p::Clone,
        for<'a> __p::Owned<str>: __p::Clone,
    {
        #[inline]
        fn clone(&self) -> Self {
            match self {
                #[cfg(unix)]
                BankCalls::Customer { id: value0, other: value1 } => {
                    BankCalls::Customer {
                        id: __p::Clone::clone(value0),
                        other: __p::Clone::clone(value1),
                    }
                }
                #[cfg(not(unix))]
                BankCalls::Customer { id: value0 } => {
                    BankCalls::Customer {
                        id: __p::Clone::clone(value0),
                    }
                }
                #[cfg(unix)]
                BankCalls::Count {} => BankCalls::Count {},
            }
        }
    }
    #[automatically_derived]
    impl __p::PartialEq for BankCalls
    where
        for<'a> __field_0_1: __p::PartialEq,
        for<'a> __p::Owned<str>: __p::PartialEq,
    {
        #[inline]
        #[allow(unused_variables)]
        fn eq(&self, other: &Self) -> bool {
            match (self, other) {
                #[cfg(unix)]
                (
                    BankCalls::Customer { id: value0, other: value1 },
                    BankCalls::Customer { id: other0, other: other1 },
                ) => {
                    true && __p::PartialEq::eq(value0, other0)
                        && __p::PartialEq::eq(value1, other1)
                }
                #[cfg(not(unix))]
                (
                    BankCalls::Customer { id: value0 },
                    BankCalls::Customer { id: other0 },
                ) => true && __p::PartialEq::eq(value0, other0),
                #[cfg(unix)]
                (BankCalls::Count {}, BankCalls::Count {}) => true,
                #[allow(unreachable_patterns)]
                _ => false,
            }
        }
    }
    #[automatically_derived]
    impl __p::TryFrom<&__p::ToolUse> for BankCalls {
        type Error = __p::Error;
        fn try_from(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            <Self as __p::TypedCall>::read(call)
        }
    }
};

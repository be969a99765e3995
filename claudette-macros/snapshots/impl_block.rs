impl<S: Store> Bank<S> {
    const LONGEST: usize = 3;
    /// Looks up a customer.
    #[allow(
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::unused_async
    )]
    pub async fn customer(&self, id: &str) -> Option<Customer> {
        self.store.get(id).await
    }
    /// Counts the customers.
    #[cfg(unix)]
    #[allow(
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::unused_async
    )]
    fn count(self: Arc<Self>) -> usize {
        self.store.count()
    }
    fn not_a_tool(&mut self) {}
}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[automatically_derived]
    impl<S: Store> __p::OneToolBlockForEachType for Bank<S>
    where
        Bank<S>: __p::Shared,
    {
        fn tools(self: __p::Arc<Self>) -> __p::Toolset {
            let this = self;
            let mut tools = __p::Vec::<__p::Arc<dyn __p::Tool>>::new();
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
                                ::core::module_path!(), "::", ::core::stringify!(Bank < S
                                >), "::", ::core::stringify!(customer)
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
                                ::core::module_path!(), "::", ::core::stringify!(Bank < S
                                >), "::", ::core::stringify!(count)
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
                                        __p::Box::pin(
                                            __p::blocking(
                                                cx,
                                                move |cx| {
                                                    let () = values;
                                                    __p::output!(Self::count(this))
                                                },
                                            ),
                                        )
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
    impl<S: Store> __p::IntoTools for Bank<S>
    where
        Bank<S>: __p::Shared,
    {
        fn into_tools(self) -> __p::Toolset {
            __p::OneToolBlockForEachType::tools(__p::Arc::new(self))
        }
    }
};

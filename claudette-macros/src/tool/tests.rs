//! Compares the code that `#[tool]` generates with snapshots.

use proc_macro2::TokenStream;
use quote::quote;

#[test]
fn async_function_with_a_default() {
    let item = quote! {
        /// Adds a + b.
        pub async fn sums(
            /// First thing to sum
            a: i64,
            /// Second thing to sum
            #[tool(default = 1)]
            b: i64,
        ) -> i64 {
            a + b
        }
    };
    compare("async_function_with_a_default", quote!(), item);
}

#[test]
fn function_with_all_keys() {
    let item = quote! {
        #[cfg(unix)]
        #[doc = "Reads the clock."]
        #[doc = include_str!("clock.md")]
        pub(crate) fn clock(#[tool(rename = "type", description = KINDS)] kind: crate::Kind) -> Result<String, Error> {
            kind.read()
        }
    };
    compare("function_with_all_keys", quote!(name = "get-time", strict, crate = ::renamed), item);
}

#[test]
fn function_with_state() {
    let item = quote! {
        /// Current weather for a city.
        async fn weather(
            cx: &ToolContext,
            db: State<Stations>,
            /// City name, e.g. "Oslo"
            city: &str,
            /// Number of days ahead
            days: Option<u8>,
        ) -> Result<Forecast, WeatherError> {
            db.forecast(city, days).await
        }
    };
    compare("function_with_state", quote!(name = "get_weather"), item);
}

#[test]
fn function_with_a_key() {
    let item = quote! {
        /// Ships an order.
        async fn ship(
            /// The order
            order: Order,
            /// Name of the carrier
            carrier: &str,
            /// Voucher
            voucher: Option<&str>,
        ) {
            order.ship(carrier, voucher).await
        }
    };
    compare("function_with_a_key", quote!(exclusive = order.customer), item);
}

#[test]
fn impl_block() {
    let item = quote! {
        impl<S: Store> Bank<S> {
            const LONGEST: usize = 3;

            /// Looks up a customer.
            #[tool]
            pub async fn customer(
                &self,
                /// Customer id, e.g. "C1"
                id: &str,
            ) -> Option<Customer> {
                self.store.get(id).await
            }

            /// Counts the customers.
            #[tool(name = "count-customers", blocking)]
            #[cfg(unix)]
            fn count(self: Arc<Self>) -> usize {
                self.store.count()
            }

            fn not_a_tool(&mut self) {}
        }
    };
    compare("impl_block", quote!(), item);
}

#[test]
fn impl_block_with_calls() {
    let item = quote! {
        impl Bank {
            /// Looks up a customer.
            #[tool]
            pub async fn customer(
                &self,
                /// Customer id, e.g. "C1"
                id: &str,
                #[cfg(unix)]
                /// Another bank
                other: Option<Self>,
            ) -> Option<Customer> {
                self.store.get(id).await
            }

            /// Counts the customers.
            #[tool(name = "count-customers")]
            #[cfg(unix)]
            fn count(&self) -> usize {
                self.store.count()
            }
        }
    };
    compare("impl_block_with_calls", quote!(calls = pub(crate) BankCalls), item);
}

#[test]
fn function_with_mistakes() {
    let item = quote! {
        async fn echo<T>(a: &str, #[tool(defualt = 1)] (b, c): T) -> String {
            a.to_owned()
        }
    };
    compare("function_with_mistakes", quote!(), item);
}

fn compare(name: &str, keys: TokenStream, item: TokenStream) {
    crate::snapshot::compare(name, super::expand(keys, item));
}

//! Blocks in modules, inside functions, on types from other modules, with attributes and generics.
#![deny(warnings)]

use claudette::{Toolset, tool};

mod outer {
    pub(crate) struct Bank(pub(crate) u32);

    pub(crate) mod inner {
        #[claudette::tool(crate = ::claudette)]
        #[cfg(all())]
        impl super::Bank {
            /// Counts the customers.
            #[claudette::tool]
            #[must_use]
            #[inline]
            pub(crate) fn count(&self) -> u32 {
                self.0
            }

            /// Adds nothing.
            #[tool]
            #[deprecated = "adds nothing"]
            #[cfg(all())]
            async fn nothing(&self) {}
        }
    }
}

fn local() -> Toolset {
    struct Lent<'a, T: 'static>(&'a T);

    #[tool]
    impl<T: std::fmt::Display + Send + Sync> Lent<'static, T> {
        /// Shows it.
        #[tool]
        fn show<'b>(
            &self,
            /// What to say before
            before: &'b str,
        ) -> String {
            format!("{before}{}", self.0)
        }
    }

    Toolset::default().with(Lent(&7))
}

#[test]
fn it_is_accepted() {
    let set = local().with(outer::Bank(3));
    let names: Vec<_> = set.definitions().iter().map(|it| it.name()).collect();
    assert_eq!(names, ["show", "count", "nothing"]);
}

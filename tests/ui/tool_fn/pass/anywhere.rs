//! Tools in nested modules, inside functions, private and public, listed from other modules.
#![deny(warnings)]

use claudette::{Toolset, tools};

mod outer {
    pub(crate) mod inner {
        /// Adds one.
        #[claudette::tool]
        pub(in crate::tool_fn::pass::anywhere::outer) fn one(
            /// To what
            to: i64,
        ) -> i64 {
            to + 1
        }

        /// Adds two.
        #[claudette::tool]
        pub fn two(
            /// To what
            to: i64,
        ) -> i64 {
            to + 2
        }
    }

    pub(crate) fn one() -> claudette::Toolset {
        claudette::tools![inner::one]
    }
}

fn local() -> Toolset {
    use claudette::tool;

    /// The number of items.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Count(u8);

    /// Counts.
    #[tool]
    async fn count(
        /// How far
        count: Count,
    ) -> u8 {
        count.0
    }

    tools![count]
}

#[test]
fn it_is_accepted() {
    use outer::inner::two;

    let set = outer::one().with(tools![two]).with(local());
    let names: Vec<_> = set.definitions().iter().map(|it| it.name()).collect();
    assert_eq!(names, ["one", "two", "count"]);
    assert_eq!(two(1), 3);
}

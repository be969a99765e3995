//! Types, names and docs that come through a macro are unchanged.

use std::sync::Arc;

use claudette::{State, ToolContext, Toolset, tool, tools};

macro_rules! lookup {
    ($name:ident, $doc:expr, $argument:ident: $type:ty => $output:ty) => {
        #[doc = $doc]
        #[tool]
        async fn $name(
            /** What */
            $argument: $type,
        ) -> $output {
            format!("{:?}", $argument)
        }
    };
}

macro_rules! with_state {
    ($name:literal, $state:ty, $context:ty, $lent:ty) => {
        #[tool(name = $name, description = concat!("Asks ", $name))]
        async fn ask(
            cx: $context,
            db: $state,
            /** Key */
            key: Option<$lent>,
        ) -> String {
            format!("{} {} {key:?}", cx.call_id(), db.0)
        }
    };
}

macro_rules! whole {
    ($function:item) => {
        #[tool]
        $function
    };
}

macro_rules! block {
    ($type:ty, $shared:ty) => {
        #[tool]
        impl $type {
            /// Counts.
            #[tool]
            fn count(
                self: $shared,
                /** From */
                from: &u8,
            ) -> u8 {
                self.0 + from
            }
        }
    };
}

struct Db(u8);
struct Counter(u8);

lookup!(by_name, "Looks up.", name: &str => String);
lookup!(by_some_name, "Looks up.", name: Option<&str> => String);
lookup!(by_ids, "Looks up.", ids: &[i64] => String);
with_state!("ask", State<Db>, &ToolContext, &str);
block!(Counter, Arc<Self>);
whole! {
    /// Adds one.
    fn next(/** To what */ to: i64) -> i64 {
        to + 1
    }
}

#[test]
fn it_is_accepted() {
    let tools = tools![by_name, by_some_name, by_ids, ask, next].with(Counter(1)).state(Db(7));
    assert_eq!(tools.definitions()[3].description(), "Asks ask");
    assert_eq!(tools.definitions()[3].input_schema().get().matches("\"type\"").count(), 2);
    let _: Toolset = tools;
}

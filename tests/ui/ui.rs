//! What the compiler says of a wrong `#[tool]` or `tools!`: one rule a file; and what both accept, as modules of this
//! program. It is a package of its own because `trybuild` builds all its dependencies once more.
//!
//! `TRYBUILD=overwrite cargo test -p ui` writes the `.stderr` files anew; read them before they are committed.

pub mod tool_fn {
    pub mod pass {
        pub mod anywhere;
        pub mod cfg_on_arguments;
        pub mod crate_key;
        pub mod descriptions;
        pub mod from_macro_rules;
        pub mod futures;
        pub mod hygiene;
        pub mod instrumented;
        pub mod other_attributes;
        pub mod raw_identifiers;
        pub mod state_and_context;
    }
}

pub mod tool_impl {
    pub mod pass {
        pub mod anywhere;
        pub mod hygiene;
        pub mod macro_call;
    }
}

pub mod tools {
    pub mod pass {
        pub mod forms;
        pub mod module_of_the_same_name;
    }
}

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("*/fail/*.rs");
}

//! The compile errors of `#[tool]` and `tools!`, one rule for each file, and valid uses as modules of this program.
//! This is a separate package because `trybuild` builds all its dependencies again.
//!
//! `TRYBUILD=overwrite cargo test -p ui` updates the `.stderr` files; read them before you commit.

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
        pub mod calls;
        pub mod hygiene;
        pub mod macro_call;
    }
}

pub mod tools {
    pub mod pass {
        pub mod calls;
        pub mod forms;
        pub mod module_of_the_same_name;
    }
}

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("*/fail/*.rs");
}

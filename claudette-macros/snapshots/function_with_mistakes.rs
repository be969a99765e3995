::core::compile_error! {
    "unknown key `defualt`; the keys here are `default = expression`, `description = \"..\"`, `rename = \"..\"`, `context`, `state`"
}
::core::compile_error! {
    "a tool needs a description, from which the model learns when to call it; add a doc comment above `#[tool]`, or `#[tool(description = \"..\")]`"
}
::core::compile_error! {
    "a tool cannot be generic, because its arguments have one schema; use concrete types"
}
::core::compile_error! {
    "an argument needs a name, by which the model provides it; write a name, and destructure it in the body"
}
#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_async
)]
async fn echo<T>(a: &str, (b, c): T) -> String {
    a.to_owned()
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    dead_code,
    missing_docs,
    missing_copy_implementations,
    private_interfaces,
)]
struct echo {}
#[allow(deprecated)]
const _: () = {
    use ::claudette::__private as __p;
    #[automatically_derived]
    impl __p::NamedTool for echo {
        const NAME: &'static str = "echo";
        fn tool() -> __p::Arc<dyn __p::Tool> {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl __p::TypedCall for echo {
        const NAMES: &'static [&'static str] = &["echo"];
        fn read(_: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
            ::core::unreachable!()
        }
    }
};
const _: () = {
    #[deprecated = "argument `a` has no description for the model; add a doc comment before it, or `#[tool(description = \"..\")]`; `#[allow(deprecated)]` turns this warning off"]
    const ARGUMENT_WITHOUT_DESCRIPTION: () = ();
    ARGUMENT_WITHOUT_DESCRIPTION
};

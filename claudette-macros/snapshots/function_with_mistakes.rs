::core::compile_error! {
    "unknown key `defualt`: `#[tool(..)]` takes `default = expression`, `description = \"..\"`, `rename = \"..\"`, `context`, `state` here"
}
::core::compile_error! {
    "a tool needs a description, for the model sees nothing else of it: add a doc comment above `#[tool]`, or `#[tool(description = \"..\")]`"
}
::core::compile_error! {
    "a tool cannot be generic, for its arguments have one schema: name the types"
}
::core::compile_error! {
    "the model calls an argument by its name: write one, and take it apart in the body"
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
    missing_debug_implementations,
    missing_copy_implementations,
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
};
const _: () = {
    #[deprecated = "the model sees nothing of `a` but this name: add a doc comment before it, or `#[tool(description = \"..\")]`; `#[allow(deprecated)]` turns this warning off"]
    const ARGUMENT_WITHOUT_DESCRIPTION: () = ();
    ARGUMENT_WITHOUT_DESCRIPTION
};

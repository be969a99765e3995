//! No prelude, and names that generated code might be thought to use.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub, missing_debug_implementations)]

/// Not the one of the standard library.
#[derive(Clone, Copy, Debug)]
pub struct Arc;

/// Holds what was said.
#[derive(Debug)]
pub struct Tools {
    /// Not the list of tools
    tools: ::std::string::String,
}

#[::claudette::tool]
impl Tools {
    /// Says whether its arguments are named as its generated code is.
    #[tool]
    pub async fn tools(
        &self,
        /// Not the value
        this: ::std::string::String,
        context: &::claudette::ToolContext,
        /// Not the context
        cx: ::std::option::Option<&str>,
        /// Not the arguments
        #[tool(default = "")]
        values: &str,
        /// Not the parameters
        params: ::std::vec::Vec<bool>,
    ) -> bool {
        self.tools == this && cx.is_none() && values.is_empty() && params.is_empty() && context.call_id().is_empty()
    }
}

#[::core::prelude::v1::test]
fn it_is_accepted() {
    let tools = Tools { tools: ::std::string::String::new() };
    let set = ::claudette::tooling::IntoTools::into_tools(tools);
    ::std::assert_eq!(set.len(), 1);
    let _ = Arc;
}

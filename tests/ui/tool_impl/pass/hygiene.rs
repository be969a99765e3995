//! Tools without a prelude, and with names that generated code might use.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub, missing_debug_implementations)]

/// A type with the name of one in the standard library.
#[derive(Clone, Copy, Debug)]
pub struct Arc;

/// A value with tools.
#[derive(Debug)]
pub struct Tools {
    /// Not the list of tools
    tools: ::std::string::String,
}

#[::claudette::tool]
impl Tools {
    /// Has arguments with names that generated code might use.
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

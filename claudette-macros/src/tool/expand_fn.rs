//! `#[tool]` on a function: writes the function, and a type of the same name that names the tool.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::attr::FnKeys;
use super::check;
use super::expand_tool::{self, Callee, allow, quote, warnings};
use super::item::Function;
use super::model::Tool;
use crate::errors::Errors;

pub(super) fn expand(keys: TokenStream, mut function: Function) -> TokenStream {
    let mut errors = Errors::default();
    let tool = Tool::new(FnKeys::parse(keys, &mut errors), &mut function, &mut errors);
    check::function(&tool, &mut errors);
    if errors.is_empty() { with_tool(&tool) } else { with_errors(&tool, &errors) }
}

fn with_tool(tool: &Tool) -> TokenStream {
    let ident = tool.ident();
    let origin = quote!(::core::concat!(::core::module_path!(), "::", ::core::stringify!(#ident)));
    let callee = Callee { path: quote!(#ident), origin, receiver: None };
    let variants = tool.variants();
    let tools = variants.iter().map(|(cfgs, params)| {
        let function = expand_tool::expand(tool, params, &callee);
        (
            cfgs,
            quote! {
                static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new(#function));
                __p::Clone::clone(&*TOOL)
            },
        )
    });
    beside(tool, tools)
}

/// Writes the function with all errors, and a tool that never runs, so that uses of the tool are not errors as well.
fn with_errors(tool: &Tool, errors: &Errors) -> TokenStream {
    let (function, errors) = (&tool.function, errors.to_tokens());
    // An `impl` block cannot contain a type.
    if tool.receiver.is_some() {
        return quote!(#errors #function);
    }
    let never = (&TokenStream::new(), quote!(::core::unreachable!()));
    let tool = beside(tool, [never]);
    quote!(#errors #tool)
}

/// Writes the function, and its tool for each set of conditions.
fn beside<'a>(tool: &Tool, tools: impl IntoIterator<Item = (&'a TokenStream, TokenStream)>) -> TokenStream {
    let (function, vis, ident, name, krate) =
        (&tool.function, &tool.function.vis, tool.ident(), tool.name(), tool.keys.krate());
    let cfgs: Vec<_> = tool.cfgs().collect();
    let tools = tools.into_iter().map(|(more_cfgs, tool)| {
        quote! {
            #(#cfgs)* #more_cfgs
            #[allow(deprecated)]
            const _: () = {
                use #krate::__private as __p;

                #[automatically_derived]
                impl __p::NamedTool for #ident {
                    const NAME: &'static str = #name;

                    fn tool() -> __p::Arc<dyn __p::Tool> {
                        #tool
                    }
                }
            };
        }
    });
    // The struct is in the type namespace, so it has the imports, paths and visibility of the function without a
    // conflict. It has braces, because a unit struct would also be a value. Its name has the span of the function's
    // name, for editors.
    let (allow, warnings) = (allow(), warnings(tool));
    quote! {
        #allow
        #function

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(
            non_camel_case_types,
            dead_code,
            missing_debug_implementations,
            missing_copy_implementations,
        )]
        #vis struct #ident {}

        #(#tools)*

        #warnings
    }
}

//! `#[tool]` on a function: writes the function, and a type of the same name for the tool and its calls.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::attr::FnKeys;
use super::check;
use super::expand_call;
use super::expand_tool::{self, Callee, allow, given, quote, readers, readers_type, warnings};
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
    let (ident, name, krate) = (tool.ident(), tool.name(), tool.keys.krate());
    let origin = quote!(::core::concat!(::core::module_path!(), "::", ::core::stringify!(#ident)));
    let callee = Callee { path: quote!(#ident), origin, receiver: None };
    let variants = tool.variants();
    let impls = variants.iter().map(|(cfgs, params)| {
        let given = given(params);
        let (readers_type, readers) = (readers_type(&given), readers(&given));
        let function = expand_tool::expand(tool, params, &quote!(__readers), &callee);
        let call = expand_call::implement(ident, &name, &given, &quote!(__readers()));
        let impls = quote! {
            #[inline]
            fn __readers() -> &'static #readers_type {
                #readers
            }

            #[automatically_derived]
            impl __p::NamedTool for #ident {
                const NAME: &'static str = #name;

                fn tool() -> __p::Arc<dyn __p::Tool> {
                    static TOOL: __p::LazyLock<__p::Arc<dyn __p::Tool>> = __p::LazyLock::new(|| __p::Arc::new(#function));
                    __p::Clone::clone(&*TOOL)
                }
            }

            #call
        };
        (cfgs.clone(), impls)
    });
    beside(tool, &expand_call::declare(&tool.function.vis, ident, tool, &krate), impls)
}

/// Writes the function with all errors, and a tool that never runs, so that uses of the tool are not errors as well.
fn with_errors(tool: &Tool, errors: &Errors) -> TokenStream {
    let (function, ident, name, errors) = (&tool.function, tool.ident(), tool.name(), errors.to_tokens());
    // An `impl` block cannot contain a type.
    if tool.receiver.is_some() {
        return quote!(#errors #function);
    }
    let never = quote! {
        #[automatically_derived]
        impl __p::NamedTool for #ident {
            const NAME: &'static str = #name;

            fn tool() -> __p::Arc<dyn __p::Tool> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl __p::TypedCall for #ident {
            const NAMES: &'static [&'static str] = &[#name];

            fn read(_: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                ::core::unreachable!()
            }
        }
    };
    let call = expand_call::declare_empty(&function.vis, ident, tool);
    let tool = beside(tool, &call, [(TokenStream::new(), never)]);
    quote!(#errors #tool)
}

/// Writes the function and the type of its calls, and the implementations for each set of conditions.
///
/// The type has the name of the function. It is in the type namespace, so it has the imports, paths and visibility of
/// the function without a conflict.
fn beside(tool: &Tool, call: &TokenStream, impls: impl IntoIterator<Item = (TokenStream, TokenStream)>) -> TokenStream {
    let (function, krate) = (&tool.function, tool.keys.krate());
    let cfgs: Vec<_> = tool.cfgs().collect();
    let impls = impls.into_iter().map(|(more_cfgs, impls)| {
        quote! {
            #(#cfgs)* #more_cfgs
            #[allow(deprecated)]
            const _: () = {
                use #krate::__private as __p;

                #impls
            };
        }
    });
    let (allow, warnings) = (allow(), warnings(tool));
    quote! {
        #allow
        #function

        #call

        #(#impls)*

        #warnings
    }
}

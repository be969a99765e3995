//! The tokens of a tool that is a function.
//!
//! All that is written here is hygienic: its locals are its own, and its paths are absolute. What comes from the user
//! keeps the span it has, so that an error about it is at the user's own token.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::model::{Param, Tool};
use crate::errors::Errors;

/// The span of generated code that is shown at a place in the user's.
fn generated_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// `quote!`, with the hygiene of `macro_rules!`.
macro_rules! quote {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// The function, and a type of the same name that is the tool.
pub(super) fn expand(tool: &Tool) -> TokenStream {
    let (ident, name, description) = (tool.ident(), tool.name(), tool.description());
    let strict = tool.keys.strict.then(|| quote!(.strict(true)));
    let definition = quote! {
        static DEFINITION: __p::LazyLock<__p::ToolDefinition> = __p::LazyLock::new(|| {
            let origin = ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#ident));
            __p::definition(#name, #description, origin, &__PARAMS) #strict
        });
        &DEFINITION
    };

    let locals: Vec<_> = (0..tool.params.len()).map(|n| format_ident!("arg{n}", span = Span::mixed_site())).collect();
    let pattern = nest(locals.iter().map(|local| quote!(#local)));
    let dot_await = tool.function.sig.asyncness.map(|_| quote!(.await));
    // What is wrong with the returned type is said at that type, and that the future is not `Send` at the name.
    let returned = match &tool.function.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => ident.span(),
    };
    let answer = quote_spanned!(generated_at(returned)=> __p::output!(#ident(#(#locals),*) #dot_await));
    let call = quote_spanned! {generated_at(ident.span())=>
        __p::Box::pin(async move {
            let #pattern = __p::arguments(&__PARAMS, input)?;
            #answer
        })
    };

    let types = nest(tool.params.iter().map(|param| {
        let ty = param.ty();
        quote!(__p::Param<#ty>)
    }));
    let values = nest(tool.params.iter().map(value));
    around(tool, &quote!(const __PARAMS: #types = #values;), &definition, &call)
}

/// The function with all errors, and a tool that never runs: where it is listed, nothing more turns red.
pub(super) fn expand_broken(tool: &Tool, errors: &Errors) -> TokenStream {
    let (function, errors) = (&tool.function, errors.to_tokens());
    // Inside an `impl` block no type can stand beside it.
    if function.sig.receiver().is_some() {
        return quote!(#errors #function);
    }
    let never = quote!(::core::unreachable!());
    let tool = around(tool, &quote!(), &never, &never);
    quote!(#errors #tool)
}

/// What is the same for every tool.
fn around(tool: &Tool, params: &TokenStream, definition: &TokenStream, call: &TokenStream) -> TokenStream {
    let (function, vis, ident, krate) = (&tool.function, &tool.function.vis, tool.ident(), tool.krate());
    let cfgs: Vec<_> = tool.cfgs().collect();
    // Arguments are read from JSON and owned, and a tool may be async like its siblings: that the body only looks at
    // them, or awaits nothing, is no reason to change the function.
    let allow = quote!(#[allow(clippy::needless_pass_by_value, clippy::unused_async)]);
    // In the type namespace, where the function is not: imports, paths and visibility follow the function. It has
    // braces, for a unit struct would be a value as well.
    quote! {
        #allow
        #function

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::default::Default)]
        #vis struct #ident {}

        #(#cfgs)*
        #[allow(deprecated)]
        const _: () = {
            use #krate::__private as __p;

            #params

            #[automatically_derived]
            impl __p::Tool for #ident {
                fn definition(&self) -> &__p::ToolDefinition {
                    #definition
                }

                fn call<'a>(
                    &'a self,
                    input: &'a __p::RawValue,
                    cx: &'a __p::ToolContext,
                ) -> __p::BoxFuture<'a, __p::Result<__p::ToolOutput, __p::ToolError>> {
                    #call
                }
            }
        };
    }
}

/// One argument: its type stands in each place with the user's own span, so that an error about it is at that type.
fn value(param: &Param) -> TokenStream {
    let (name, description, ty) = (param.name(), param.description(), param.ty());
    let default = param.keys.default.as_ref().map(|default| quote!(.or(|| #default, __p::show!())));
    quote!(__p::param::<#ty>(#name, #description) #default)
}

/// `(a, (b, ()))`: a list of any length in one type.
fn nest(items: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    items.rev().fold(quote!(()), |rest, item| quote!((#item, #rest)))
}

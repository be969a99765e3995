//! `#[tool]` on an `impl` block: writes the block, and turns a value of its type into a set of its tools.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::attr::{BlockKeys, FnKeys};
use super::check;
use super::expand_calls;
use super::expand_tool::{self, Callee, allow, given, quote, readers, warnings};
use super::item::Block;
use super::model::{SelfKind, Tool, taken};
use crate::errors::Errors;

pub(super) fn expand(keys: TokenStream, mut block: Block) -> TokenStream {
    let mut errors = Errors::default();
    let keys = BlockKeys::parse(keys, &mut errors);
    let krate = keys.krate();
    let mut tools = Vec::new();
    for (mark, function) in block.take_tools(&mut errors) {
        tools.push(Tool::new(FnKeys::parse_in_block(&mark, &mut errors), function, &mut errors));
        let allow = allow();
        function.attrs.push(syn::parse_quote!(#allow));
    }
    check::block(&block, &tools, &mut errors);
    if let Some(calls) = &keys.calls {
        check::calls(calls, &block, &tools, &mut errors);
    }
    let (beside, calls) = if errors.is_empty() {
        let calls = keys.calls.map(|calls| expand_calls::declare(&calls, &block, &tools, &krate));
        (with_tools(&block, &tools, &krate), calls)
    } else {
        // A second type of the same name would be another error.
        let calls = keys.calls.filter(|calls| !block.is_of(&calls.ident));
        (with_errors(&block, &krate), calls.map(|calls| expand_calls::declare_empty(&calls, &block, &krate)))
    };
    let (errors, warnings) = (errors.to_tokens(), tools.iter().map(warnings));
    quote!(#block #errors #beside #calls #(#warnings)*)
}

fn with_tools(block: &Block, tools: &[Tool], krate: &TokenStream) -> TokenStream {
    let self_ty = &block.self_ty;
    let tools = tools.iter().flat_map(|tool| {
        let (ident, cfgs) = (tool.ident(), tool.cfgs().collect::<Vec<_>>());
        let callee = Callee {
            path: quote!(Self::#ident),
            origin: quote!(::core::concat!(
                ::core::module_path!(),
                "::",
                ::core::stringify!(#self_ty),
                "::",
                ::core::stringify!(#ident)
            )),
            receiver: tool.receiver.as_ref().and_then(taken).map(|taken| match taken {
                SelfKind::Lent => quote!(&this),
                SelfKind::Shared => quote!(this),
            }),
        };
        let variants = tool.variants().into_iter().map(move |(more_cfgs, params)| {
            let readers = readers(&given(&params));
            let function = expand_tool::expand(tool, &params, &quote!(|| #readers), &callee);
            quote! {
                #(#cfgs)* #more_cfgs
                tools.push(__p::Arc::new(#function));
            }
        });
        variants.collect::<Vec<_>>()
    });
    beside(
        block,
        krate,
        &quote! {
            let this = self;
            let mut tools = __p::Vec::<__p::Arc<dyn __p::Tool>>::new();
            #(#tools)*
            __p::toolset(tools)
        },
    )
}

/// Writes a set of tools that is never created, so that uses of the value are not errors as well.
fn with_errors(block: &Block, krate: &TokenStream) -> TokenStream {
    if block.of_trait.is_some() {
        return TokenStream::new();
    }
    beside(block, krate, &quote!(::core::unreachable!()))
}

fn beside(block: &Block, krate: &TokenStream, tools: &TokenStream) -> TokenStream {
    let Block { impl_token, self_ty, generics, .. } = block;
    let (generics, _, where_clause) = generics.split_for_impl();
    let predicates = where_clause.map(|clause| &clause.predicates).into_iter().flatten();
    let predicates: Vec<_> = predicates.collect();
    // A type that cannot be shared is one error, at the user's type, because of this bound.
    let shared = quote_spanned!(Span::mixed_site().located_at(self_ty.span())=> #self_ty: __p::Shared);
    let cfgs = block.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    quote! {
        #(#cfgs)*
        #[allow(deprecated)]
        const _: () = {
            use #krate::__private as __p;

            #[automatically_derived]
            #impl_token #generics __p::OneToolBlockForEachType for #self_ty where #(#predicates,)* #shared {
                fn tools(self: __p::Arc<Self>) -> __p::Toolset {
                    #tools
                }
            }

            #[automatically_derived]
            #impl_token #generics __p::IntoTools for #self_ty where #(#predicates,)* #shared {
                fn into_tools(self) -> __p::Toolset {
                    __p::OneToolBlockForEachType::tools(__p::Arc::new(self))
                }
            }
        };
    }
}

//! `#[tool(calls = BankCalls)]` on an `impl` block: an enum whose variants are the calls of its tools.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Attribute, Type};

use super::attr::CallsName;
use super::expand_call::{Form, traits};
use super::expand_tool::{given, owned_type, quote, readers};
use super::item::Block;
use super::model::{Param, Tool};
use crate::calls::{try_from, variant_name};
use crate::doc_text::is_doc;

/// Writes the enum and its implementations.
pub(super) fn declare(calls: &CallsName, block: &Block, tools: &[Tool], krate: &TokenStream) -> TokenStream {
    let ident = &calls.ident;
    let (mut arms, mut names, mut reads, mut forms, mut aliases, mut types) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, tool) in tools.iter().enumerate() {
        let (cfgs, name, variant) = (tool.cfgs().collect::<Vec<_>>(), tool.name(), variant_name(tool.ident()));
        let all: Vec<&Param> = tool.params.iter().collect();
        let members = given(&all).into_iter().map(|(param, loan)| {
            let (cfgs, docs, name) = (param.cfgs(), docs(&param.written.attrs), &param.ident);
            let ty = for_type(owned_type(param, &loan, &quote!(#krate::__private)), &block.self_ty);
            quote!(#(#cfgs)* #(#docs)* #name: #ty)
        });
        let docs = docs(&tool.function.attrs);
        arms.push(quote!(#(#cfgs)* #(#docs)* #variant { #(#members),* }));
        names.push(quote!(#(#cfgs)* #name));

        for (m, (param, loan)) in given(&all).into_iter().enumerate() {
            let ty = for_type(owned_type(param, &loan, &quote!(__p)), &block.self_ty);
            let cfgs: Vec<_> = tool.cfgs().chain(param.cfgs()).collect();
            if cfgs.is_empty() {
                types.push(ty);
                continue;
            }
            // A bound cannot have a condition, but an alias can.
            let alias = format_ident!("__field_{n}_{m}", span = Span::mixed_site());
            let conditions = cfgs.iter().filter_map(|cfg| cfg.parse_args::<TokenStream>().ok());
            aliases.push(quote! {
                #(#cfgs)*
                #[allow(non_camel_case_types)]
                type #alias = #ty;
                #[cfg(not(all(#(#conditions),*)))]
                #[allow(non_camel_case_types)]
                type #alias = ();
            });
            types.push(alias.to_token_stream());
        }
        let mut read = Vec::new();
        for (more_cfgs, params) in tool.variants() {
            let given = given(&params);
            let (form, readers) = (Form::new(quote!(#ident::#variant), &variant, &given), readers(&given));
            let body = form.read(&quote!(definition), &quote!(readers), &given);
            // Only the schema of the definition is used.
            read.push(quote! {
                #more_cfgs
                {
                    let readers = #readers;
                    let definition = DEFINITION.get_or_init(|| __p::definition(#name, "", "", readers));
                    return { #body };
                }
            });
            forms.push((quote!(#(#cfgs)* #more_cfgs), form));
        }
        reads.push(quote! {
            #(#cfgs)*
            if __p::is_call(call, #name) {
                static DEFINITION: __p::OnceLock<__p::ToolDefinition> = __p::OnceLock::new();
                #(#read)*
            }
        });
    }
    let self_ty = &block.self_ty;
    let traits = traits(ident, &forms, &types);
    let implementations = quote! {
        #(#aliases)*

        #[automatically_derived]
        impl __p::TypedCall for #ident {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                <#self_ty as __p::ReadCalls<Self>>::read(call)
            }
        }

        #[automatically_derived]
        impl __p::ReadCalls<#ident> for #self_ty {
            fn read(call: &__p::ToolUse) -> __p::Result<#ident, __p::Error> {
                #(#reads)*
                __p::Err(__p::other_tool(call, <#ident as __p::TypedCall>::NAMES))
            }
        }

        #traits
    };
    beside(calls, block, krate, &quote!(#(#arms),*), &implementations)
}

/// Writes an enum without variants. It replaces the real one if the block has mistakes.
pub(super) fn declare_empty(calls: &CallsName, block: &Block, krate: &TokenStream) -> TokenStream {
    let ident = &calls.ident;
    let never = quote! {
        #[automatically_derived]
        impl __p::TypedCall for #ident {
            const NAMES: &'static [&'static str] = &[];

            fn read(_: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                ::core::unreachable!()
            }
        }
    };
    beside(calls, block, krate, &TokenStream::new(), &never)
}

fn beside(
    calls: &CallsName,
    block: &Block,
    krate: &TokenStream,
    arms: &TokenStream,
    implementations: &TokenStream,
) -> TokenStream {
    let CallsName { vis, ident } = calls;
    let cfgs: Vec<_> = block.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    let text = format!(" The calls of the tools of `{}`.", block.self_ty.to_token_stream());
    let try_from = try_from(ident);
    // An error about the name of the enum, such as that it is taken, points at the name.
    let declared = quote_spanned!(ident.span()=> #vis enum #ident { #arms });
    quote! {
        #(#cfgs)*
        #[doc = #text]
        #[allow(
            dead_code,
            missing_docs,
            private_interfaces,
            clippy::enum_variant_names,
            clippy::large_enum_variant,
        )]
        #declared

        #(#cfgs)*
        #[allow(deprecated)]
        const _: () = {
            use #krate::__private as __p;

            #implementations

            #try_from
        };
    }
}

fn docs(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| is_doc(attr))
}

/// Replaces `Self`, which means the enum there, by the type of the block.
fn for_type(tokens: TokenStream, self_ty: &Type) -> TokenStream {
    let tokens = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(word) if word == "Self" => self_ty.to_token_stream(),
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), for_type(group.stream(), self_ty));
            inner.set_span(group.span());
            TokenTree::from(inner).into()
        }
        token => token.into(),
    });
    tokens.collect()
}

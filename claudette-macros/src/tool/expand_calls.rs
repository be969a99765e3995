//! `#[tool(calls = BankCalls)]` on an `impl` block: an enum whose variants are the calls of its tools.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Attribute, Type};

use super::attr::CallsName;
use super::expand_call::{Bodies, Form, traits};
use super::expand_tool::{given, owned_type, quote, readers};
use super::item::Block;
use super::model::{Param, Tool};
use crate::calls::{try_from, variant_name};
use crate::doc_text::is_doc;

/// One tool of the block, as a variant of the enum.
struct CallVariant<'a> {
    /// The number of the tool in the block.
    number: usize,
    tool: &'a Tool,
    calls: &'a Ident,
    self_ty: &'a Type,
}

/// Writes the enum and its implementations.
pub(super) fn declare(calls: &CallsName, block: &Block, tools: &[Tool], krate: &TokenStream) -> TokenStream {
    let (ident, self_ty) = (&calls.ident, &block.self_ty);
    let variant = |(number, tool)| CallVariant { number, tool, calls: ident, self_ty };
    let variants: Vec<CallVariant<'_>> = tools.iter().enumerate().map(variant).collect();
    let declared = variants.iter().map(|variant| variant.declaration(krate));
    let aliases = variants.iter().flat_map(CallVariant::aliases);
    let names = variants.iter().map(CallVariant::name);
    let reads = variants.iter().map(CallVariant::read);
    let forms: Vec<_> = variants.iter().flat_map(CallVariant::forms).collect();
    let types: Vec<_> = variants.iter().flat_map(CallVariant::field_types).collect();
    let traits = traits(ident, &Bodies::of_variants(&forms), &types);
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
    beside(calls, block, krate, &quote!(#(#declared),*), &implementations)
}

impl CallVariant<'_> {
    fn ident(&self) -> Ident {
        variant_name(self.tool.ident())
    }

    fn params(&self) -> Vec<&Param> {
        self.tool.params.iter().collect()
    }

    /// Writes the variant, with the arguments as fields.
    fn declaration(&self, krate: &TokenStream) -> TokenStream {
        let params = self.params();
        let fields = given(&params).into_iter().map(|(param, loan)| {
            let (cfgs, docs, name) = (param.cfgs(), docs(&param.written.attrs), &param.ident);
            let ty = for_type(owned_type(param, &loan, &quote!(#krate::__private)), self.self_ty);
            quote!(#(#cfgs)* #(#docs)* #name: #ty)
        });
        let (cfgs, docs, ident) = (self.tool.cfgs(), docs(&self.tool.function.attrs), self.ident());
        quote!(#(#cfgs)* #(#docs)* #ident { #(#fields),* })
    }

    /// Writes the name of the tool.
    fn name(&self) -> TokenStream {
        let (cfgs, name) = (self.tool.cfgs(), self.tool.name());
        quote!(#(#cfgs)* #name)
    }

    /// Returns the type of each field, with the conditions under which the field exists.
    fn fields(&self) -> Vec<(Vec<&Attribute>, TokenStream)> {
        let params = self.params();
        let fields = given(&params).into_iter().map(|(param, loan)| {
            let ty = for_type(owned_type(param, &loan, &quote!(__p)), self.self_ty);
            (self.tool.cfgs().chain(param.cfgs()).collect(), ty)
        });
        fields.collect()
    }

    /// Returns the alias of a type with conditions. A bound cannot have a condition, but an alias can.
    fn alias(&self, field: usize) -> Ident {
        format_ident!("__field_{}_{field}", self.number, span = Span::mixed_site())
    }

    fn aliases(&self) -> Vec<TokenStream> {
        let fields = self.fields().into_iter().enumerate().filter(|(_, (cfgs, _))| !cfgs.is_empty());
        let aliases = fields.map(|(field, (cfgs, ty))| {
            let alias = self.alias(field);
            let conditions = cfgs.iter().filter_map(|cfg| cfg.parse_args::<TokenStream>().ok());
            quote! {
                #(#cfgs)*
                #[allow(non_camel_case_types)]
                type #alias = #ty;
                #[cfg(not(all(#(#conditions),*)))]
                #[allow(non_camel_case_types)]
                type #alias = ();
            }
        });
        aliases.collect()
    }

    /// Returns the types for bounds.
    fn field_types(&self) -> Vec<TokenStream> {
        let types = self
            .fields()
            .into_iter()
            .enumerate()
            .map(|(field, (cfgs, ty))| if cfgs.is_empty() { ty } else { self.alias(field).to_token_stream() });
        types.collect()
    }

    /// Returns the form of the variant for each set of conditions.
    fn forms(&self) -> Vec<(TokenStream, Form)> {
        let (calls, ident) = (self.calls, self.ident());
        let forms = self.tool.variants().into_iter().map(|(more_cfgs, params)| {
            let cfgs = self.tool.cfgs();
            let form = Form::new(quote!(#calls::#ident), &ident, &given(&params));
            (quote!(#(#cfgs)* #more_cfgs), form)
        });
        forms.collect()
    }

    /// Writes the code that reads a call, if it is for this tool.
    fn read(&self) -> TokenStream {
        let (cfgs, name) = (self.tool.cfgs(), self.tool.name());
        let forms = self.forms();
        let reads = self.tool.variants().into_iter().zip(&forms).map(|((more_cfgs, params), (_, form))| {
            let given = given(&params);
            let (readers, value) =
                (readers(&given), form.read(&quote!(__p::read_call(definition, readers, call)), &given));
            // Only the schema of the definition is used.
            quote! {
                #more_cfgs
                {
                    let readers = #readers;
                    let definition = DEFINITION.get_or_init(|| __p::definition(#name, "", "", readers));
                    return #value;
                }
            }
        });
        quote! {
            #(#cfgs)*
            if __p::is_call(call, #name) {
                static DEFINITION: __p::OnceLock<__p::ToolDefinition> = __p::OnceLock::new();
                #(#reads)*
            }
        }
    }
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

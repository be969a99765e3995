//! `tools!(enum ..)`: an enum whose variants are the calls of tools.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Attribute, Path, Token, Visibility, braced, parenthesized};

use crate::doc_text::is_doc;
use crate::errors::Errors;

/// `quote!`, with the hygiene of `macro_rules!`.
macro_rules! quote {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}

/// The enum as the user wrote it, after the path of the library in parentheses.
struct Calls {
    krate: TokenStream,
    attrs: Vec<Attribute>,
    vis: Visibility,
    enum_token: Token![enum],
    ident: Ident,
    variants: Vec<Variant>,
}

/// `find_order`, `Cancel = orders::cancel_order`, or `Bank(BankCalls)`.
struct Variant {
    attrs: Vec<Attribute>,
    ident: Ident,
    tool: Path,
    /// The path is an enum of calls, and not a tool.
    is_nested: bool,
}

/// Writes the enum and its implementations, and all errors.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    match syn::parse2::<Calls>(input) {
        Ok(mut calls) => {
            let mut errors = Errors::default();
            calls.check(&mut errors);
            let (errors, calls) = (errors.to_tokens(), calls.expand());
            quote!(#errors #calls)
        }
        Err(error) => error.to_compile_error(),
    }
}

impl Calls {
    /// Reports an empty enum, and removes and reports variants whose name is taken.
    fn check(&mut self, errors: &mut Errors) {
        if self.variants.is_empty() {
            errors.at(
                &self.ident,
                format_args!(
                    "this enum has no calls; list functions with `#[tool]`, as in `enum {} {{ find_order }}`",
                    self.ident,
                ),
            );
        }
        let mut seen: Vec<Ident> = Vec::new();
        self.variants.retain(|Variant { attrs, ident, tool, .. }| {
            // Variants with different conditions can have the same name.
            let is_repeated = seen.contains(ident) && !attrs.iter().any(is_cfg);
            if is_repeated {
                errors.at(
                    tool,
                    format_args!(
                        "two variants have the name `{ident}`; name this one differently, as in `Other{ident} = {}`",
                        plain(tool),
                    ),
                );
            }
            seen.push(ident.clone());
            !is_repeated
        });
    }

    fn expand(&self) -> TokenStream {
        let Self { krate, attrs, vis, enum_token, ident, variants } = self;
        let declared = variants.iter().map(|Variant { attrs, ident, tool, is_nested }| {
            let text = format!(" {} `{}`.", if *is_nested { "One of the calls of" } else { "A call of" }, plain(tool));
            let doc = (!attrs.iter().any(is_doc)).then(|| quote!(#[doc = #text]));
            quote!(#doc #(#attrs)* #ident(#tool))
        });
        let own = variants.iter().filter(|variant| !variant.is_nested);
        let own = own.map(|variant| {
            let (cfgs, tool) = (variant.cfgs(), &variant.tool);
            quote!(#cfgs <#tool as __p::NamedTool>::tool())
        });
        let reads = variants.iter().map(|variant| {
            let (cfgs, name, tool, is_call) = (variant.cfgs(), &variant.ident, &variant.tool, variant.is_call());
            quote! {
                #cfgs
                if #is_call {
                    return __p::Result::map(<#tool as __p::TypedCall>::read(call), Self::#name);
                }
            }
        });
        let (tool_names, try_from) = (self.names(), try_from(ident));
        let conditions: Vec<_> = attrs.iter().filter(|attr| is_cfg(attr)).collect();
        quote! {
            #(#attrs)*
            #[allow(dead_code, clippy::enum_variant_names, clippy::large_enum_variant)]
            #vis #enum_token #ident { #(#declared),* }

            #(#conditions)*
            #[allow(deprecated)]
            const _: () = {
                use #krate::__private as __p;

                const _: () = if let __p::Option::Some(repeated) =
                    __p::repeated::<{ <#ident as __p::TypedCall>::NAMES.len() }>(<#ident as __p::TypedCall>::NAMES)
                {
                    ::core::panic!("{}", repeated.text());
                };

                impl #ident {
                    /// Returns the tools that this enum lists by name.
                    #[allow(dead_code)]
                    #vis fn tools() -> __p::Toolset {
                        __p::toolset([#(#own),*])
                    }
                }

                #[automatically_derived]
                impl __p::TypedCall for #ident {
                    const NAMES: &'static [&'static str] = #tool_names;

                    fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                        #(#reads)*
                        __p::Err(__p::other_tool(call, Self::NAMES))
                    }
                }

                #try_from
            };
        }
    }

    /// Writes the names of all tools. The names of a nested enum are known only to the compiler.
    fn names(&self) -> TokenStream {
        let is_flat = self.variants.iter().all(|variant| !variant.is_nested);
        let names = self.variants.iter().map(|variant| {
            let (cfgs, tool) = (variant.cfgs(), &variant.tool);
            match variant.is_nested {
                true => quote!(#cfgs <#tool as __p::TypedCall>::NAMES),
                false if is_flat => quote!(#cfgs <#tool as __p::NamedTool>::NAME),
                false => quote!(#cfgs &[<#tool as __p::NamedTool>::NAME]),
            }
        });
        if is_flat {
            return quote!(&[#(#names),*]);
        }
        quote! {{
            const NAMES: &[&[&str]] = &[#(#names),*];
            &__p::joined::<{ __p::count(NAMES) }>(NAMES)
        }}
    }
}

/// Writes the conversion of a call to an enum.
pub(crate) fn try_from(ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl __p::TryFrom<&__p::ToolUse> for #ident {
            type Error = __p::Error;

            fn try_from(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                <Self as __p::TypedCall>::read(call)
            }
        }
    }
}

impl Variant {
    /// Writes the condition that a call is of this variant.
    fn is_call(&self) -> TokenStream {
        let tool = &self.tool;
        if self.is_nested {
            quote!(__p::is_call_of::<#tool>(call))
        } else {
            quote!(__p::is_call(call, <#tool as __p::NamedTool>::NAME))
        }
    }

    fn cfgs(&self) -> TokenStream {
        self.attrs.iter().filter(|attr| is_cfg(attr)).map(ToTokens::to_token_stream).collect()
    }
}

impl Parse for Calls {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let krate = input.parse::<Group>()?.stream();
        let attrs = input.call(Attribute::parse_outer)?;
        let (vis, enum_token, ident) = (input.parse()?, input.parse()?, input.parse()?);
        let inside;
        braced!(inside in input);
        let variants = Punctuated::<Variant, Token![,]>::parse_terminated(&inside)?;
        if !input.is_empty() {
            return Err(input.error("unexpected token after the enum"));
        }
        Ok(Self { krate, attrs, vis, enum_token, ident, variants: variants.into_iter().collect() })
    }
}

impl Parse for Variant {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        if input.peek2(Paren) {
            let ident: Ident = input.parse()?;
            let inside;
            let parens = parenthesized!(inside in input);
            let tool = inside.call(Path::parse_mod_style).map_err(|_| {
                syn::Error::new(parens.span.join(), "expected an enum of calls, as in `Bank(BankCalls)`")
            })?;
            if !inside.is_empty() {
                return Err(inside.error("expected `)` after the name of the enum"));
            }
            return Ok(Self { attrs, ident, tool, is_nested: true });
        }
        let name: Option<Ident> = if input.peek2(Token![=]) { Some(input.parse()?) } else { None };
        input.parse::<Option<Token![=]>>()?;
        let tool = input.call(Path::parse_mod_style).map_err(|error| {
            syn::Error::new(error.span(), "expected the name of a function with `#[tool]`, or `Variant = name`")
        })?;
        let name = match (&name, tool.segments.last()) {
            (Some(name), _) => name,
            (None, Some(last)) => &last.ident,
            (None, None) => return Err(syn::Error::new_spanned(&tool, "expected the name of a function")),
        };
        Ok(Self { attrs, ident: variant_name(name), tool, is_nested: false })
    }
}

/// Converts `find_order` to `FindOrder`. A name stays unchanged if the result would not be valid.
pub(crate) fn variant_name(name: &Ident) -> Ident {
    let words = name.unraw().to_string();
    let words = words.split('_').map(|word| {
        let mut rest = word.chars();
        rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect::<String>()
    });
    let mut variant = syn::parse_str(&words.collect::<String>()).unwrap_or_else(|_| name.clone());
    variant.set_span(name.span());
    variant
}

fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg")
}

/// Formats a path without spaces.
fn plain(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use crate::snapshot::compare;

    #[test]
    fn calls() {
        let calls = ::quote::quote! {
            (::claudette)
            /// The calls of a shop.
            #[derive(Debug)]
            pub(crate) enum OrderCalls {
                find_order,
                /// Not a refund.
                #[cfg(unix)]
                cancel = orders::cancel_order,
            }
        };
        compare("calls", super::expand(calls));
    }

    #[test]
    fn calls_with_an_enum() {
        let calls = ::quote::quote!((::claudette) enum ShopCalls { find_order, Bank(bank::BankCalls) });
        compare("calls_with_an_enum", super::expand(calls));
    }

    #[test]
    fn calls_with_mistakes() {
        let calls = ::quote::quote!((::claudette) enum Calls { find, other::find });
        compare("calls_with_mistakes", super::expand(calls));
    }
}

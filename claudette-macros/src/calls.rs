//! `tools!(enum ..)`: an enum whose variants are the calls of tools.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token, Visibility, braced};

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

/// `find_order`, or `Cancel = orders::cancel_order`.
struct Variant {
    attrs: Vec<Attribute>,
    ident: Ident,
    tool: Path,
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
        self.variants.retain(|Variant { attrs, ident, tool }| {
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
        let declared = variants.iter().map(|Variant { attrs, ident, tool }| {
            let text = format!(" A call of `{}`.", plain(tool));
            let doc = (!attrs.iter().any(is_doc)).then(|| quote!(#[doc = #text]));
            quote!(#doc #(#attrs)* #ident(#tool))
        });
        let cfgs: Vec<_> = variants.iter().map(Variant::cfgs).collect();
        let names: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
        let tools: Vec<_> = variants.iter().map(|variant| &variant.tool).collect();
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
                    __p::repeated(<#ident as __p::TypedCall>::NAMES)
                {
                    ::core::panic!("{}", repeated.text());
                };

                impl #ident {
                    /// Returns the tools whose calls are the variants of this enum.
                    #[allow(dead_code)]
                    #vis fn tools() -> __p::Toolset {
                        __p::toolset([#(#cfgs <#tools as __p::NamedTool>::tool()),*])
                    }
                }

                #[automatically_derived]
                impl __p::TypedCall for #ident {
                    const NAMES: &'static [&'static str] = &[#(#cfgs <#tools as __p::NamedTool>::NAME),*];

                    fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                        #(
                            #cfgs
                            if __p::is_call(call, <#tools as __p::NamedTool>::NAME) {
                                return __p::Result::map(<#tools as __p::TypedCall>::read(call), Self::#names);
                            }
                        )*
                        __p::Err(__p::other_tool(call, Self::NAMES))
                    }
                }

                #[automatically_derived]
                impl __p::TryFrom<&__p::ToolUse> for #ident {
                    type Error = __p::Error;

                    fn try_from(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                        <Self as __p::TypedCall>::read(call)
                    }
                }
            };
        }
    }
}

impl Variant {
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
        Ok(Self { attrs, ident: camel_case(name), tool })
    }
}

/// Converts `find_order` to `FindOrder`.
fn camel_case(name: &Ident) -> Ident {
    let words = name.unraw().to_string();
    let words = words.split('_').map(|word| {
        let mut rest = word.chars();
        rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect::<String>()
    });
    Ident::new(&words.collect::<String>(), name.span())
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
    fn calls_with_mistakes() {
        let calls = ::quote::quote!((::claudette) enum Calls { find, other::find });
        compare("calls_with_mistakes", super::expand(calls));
    }
}

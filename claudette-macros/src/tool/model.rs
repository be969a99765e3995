//! [`Tool`]: a function as the model will see it, taken from the function as the user wrote it.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, FnArg, LitStr, Pat, PatType, Path, Signature, Type, Visibility};

use super::attr::{ArgKeys, FnKeys, is_tool};
use crate::doc_text::{DocText, is_doc};
use crate::errors::Errors;

/// A function, its body unread: what is in there is between the user and rustc.
pub(super) struct Function {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) sig: Signature,
    pub(super) body: Group,
}

/// A function that is to be a tool.
pub(super) struct Tool {
    /// The function without what is ours: the attributes and doc comments of its arguments.
    pub(super) function: Function,
    /// Further `#[tool]` on it.
    pub(super) repeated: Vec<Attribute>,
    pub(super) keys: FnKeys,
    pub(super) docs: DocText,
    pub(super) params: Vec<Param>,
}

/// One argument of it.
pub(super) struct Param {
    /// `None` for a receiver, and where a pattern stands in the name's place.
    pub(super) ident: Option<Ident>,
    /// The argument as it was written.
    pub(super) written: FnArg,
    pub(super) keys: ArgKeys,
    pub(super) docs: DocText,
}

/// A text for the model: an expression, or doc comments.
pub(super) enum Description<'a> {
    Given(&'a Expr),
    Docs(&'a DocText),
}

impl Tool {
    pub(super) fn new(keys: TokenStream, mut function: Function, errors: &mut Errors) -> Self {
        let keys = FnKeys::parse(keys, errors);
        let params = function.sig.inputs.iter_mut().map(|arg| Param::take(arg, errors)).collect();
        let repeated = function.attrs.extract_if(.., |attr| is_tool(attr)).collect();
        Self { keys, docs: DocText::of(&function.attrs), params, function, repeated }
    }

    pub(super) fn ident(&self) -> &Ident {
        &self.function.sig.ident
    }

    /// The name that the model uses.
    pub(super) fn name(&self) -> String {
        self.keys.name.as_ref().map_or_else(|| self.ident().unraw().to_string(), LitStr::value)
    }

    pub(super) fn description(&self) -> Description<'_> {
        self.keys.description.as_ref().map_or(Description::Docs(&self.docs), Description::Given)
    }

    /// The crate that the generated code calls.
    pub(super) fn krate(&self) -> TokenStream {
        self.keys.krate.as_ref().map_or_else(|| quote!(::claudette), Path::to_token_stream)
    }

    /// The conditions under which the function is compiled: what is generated beside it has the same.
    pub(super) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }
}

impl Param {
    /// Takes what is ours out of an argument.
    fn take(arg: &mut FnArg, errors: &mut Errors) -> Self {
        let written = arg.clone();
        let (attrs, ident) = match arg {
            FnArg::Receiver(receiver) => (&mut receiver.attrs, None),
            FnArg::Typed(PatType { attrs, pat, .. }) => (attrs, plain_ident(pat)),
        };
        let docs = DocText::of(attrs);
        let ours: Vec<Attribute> = attrs.extract_if(.., |attr| is_tool(attr)).collect();
        attrs.retain(|attr| !is_doc(attr));
        Self { ident, written, keys: ArgKeys::parse(&ours, errors), docs }
    }

    /// The name that the model uses.
    pub(super) fn name(&self) -> Option<String> {
        let ident = self.ident.as_ref().map(|ident| ident.unraw().to_string());
        self.keys.rename.as_ref().map(LitStr::value).or(ident)
    }

    pub(super) fn description(&self) -> Description<'_> {
        self.keys.description.as_ref().map_or(Description::Docs(&self.docs), Description::Given)
    }

    pub(super) fn ty(&self) -> Option<&Type> {
        match &self.written {
            FnArg::Typed(arg) => Some(&arg.ty),
            FnArg::Receiver(_) => None,
        }
    }

    pub(super) fn attrs(&self) -> &[Attribute] {
        match &self.written {
            FnArg::Typed(arg) => &arg.attrs,
            FnArg::Receiver(receiver) => &receiver.attrs,
        }
    }
}

impl Description<'_> {
    /// Whether it is plain to see that nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Given(Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) => text.value().trim().is_empty(),
            Self::Given(_) => false,
            Self::Docs(docs) => docs.is_empty(),
        }
    }
}

impl ToTokens for Description<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Given(text) => text.to_tokens(tokens),
            Self::Docs(docs) => docs.to_tokens(tokens),
        }
    }
}

/// The name of an argument that has one and nothing else: `a`, `mut a`.
fn plain_ident(pat: &Pat) -> Option<Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(pat.ident.clone()),
        _ => None,
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let here = input.cursor();
        let sig = input.parse::<Signature>().map_err(|error| match here.token_tree() {
            Some((TokenTree::Ident(word), _)) => match word.to_string().as_str() {
                "impl" => syn::Error::new(
                    word.span(),
                    "`#[tool]` goes on a function; on an `impl` block it has no meaning yet",
                ),
                "struct" | "enum" | "union" | "trait" | "mod" | "type" | "static" | "use" | "const" | "macro_rules" => {
                    syn::Error::new(
                        word.span(),
                        "`#[tool]` goes on a function: `#[tool] async fn name(..) -> .. { .. }`",
                    )
                }
                _ => error,
            },
            _ => error,
        })?;
        match input.parse()? {
            TokenTree::Group(body) => Ok(Self { attrs, vis, sig, body }),
            other => Err(syn::Error::new(other.span(), "a tool needs a body; `#[tool]` goes on a function of its own")),
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote!(#(#attrs)* #vis #sig #body));
    }
}

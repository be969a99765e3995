//! [`Tool`]: the parts of a function from which its tool is generated.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{
    Attribute, Expr, FnArg, GenericArgument, LitStr, Pat, PatType, PathArguments, PathSegment, Receiver, ReceiverKind,
    ReturnType, Type, TypeReference,
};

use super::attr::{ArgKeys, FnKeys, is_tool};
use super::item::Function;
use super::lifetimes::elided;
use crate::doc_text::{DocText, is_doc};
use crate::errors::Errors;

/// A function with `#[tool]`.
pub(super) struct Tool {
    /// The function without the doc comments and `#[tool]` attributes of its arguments.
    pub(super) function: Function,
    /// Further `#[tool]` attributes of the function.
    pub(super) repeated: Vec<Attribute>,
    pub(super) keys: FnKeys,
    pub(super) docs: DocText,
    pub(super) receiver: Option<Receiver>,
    pub(super) params: Vec<Param>,
}

/// One argument of the function.
pub(super) struct Param {
    /// `None` if the argument is a pattern.
    pub(super) ident: Option<Ident>,
    /// The argument as the user wrote it.
    pub(super) written: PatType,
    pub(super) keys: ArgKeys,
    pub(super) docs: DocText,
}

/// The source of an argument's value.
pub(super) enum Role<'a> {
    /// The model.
    Model(ParamPassing<'a>),
    /// The loop: a `ToolContext`.
    Context,
    /// The program: a `State<T>`, of this type.
    State(&'a Type),
}

/// The form in which the function takes an argument from the model.
pub(super) enum ParamPassing<'a> {
    Owned,
    /// `&T`.
    Lent(&'a TypeReference),
    /// `Option<&T>`.
    LentOption(&'a TypeReference),
}

/// A text for the model: an expression, or doc comments.
pub(super) enum Description<'a> {
    Given(&'a Expr),
    Docs(&'a DocText),
}

impl Tool {
    pub(super) fn new(keys: FnKeys, function: &mut Function, errors: &mut Errors) -> Self {
        let repeated = function.attrs.extract_if(.., |attr| is_tool(attr)).collect();
        let (mut receiver, mut params) = (None, Vec::new());
        for arg in &mut function.sig.inputs {
            match arg {
                FnArg::Receiver(written) => receiver = Some(written.clone()),
                FnArg::Typed(arg) => params.push(Param::take(arg, errors)),
            }
        }
        let docs = DocText::of(&function.attrs);
        Self { function: function.clone(), repeated, keys, docs, receiver, params }
    }

    pub(super) fn ident(&self) -> &Ident {
        &self.function.sig.ident
    }

    /// Returns the name that the model uses.
    pub(super) fn name(&self) -> String {
        self.keys.name.as_ref().map_or_else(|| self.ident().unraw().to_string(), LitStr::value)
    }

    /// Returns the span of the name.
    pub(super) fn name_span(&self) -> Span {
        self.keys.name.as_ref().map_or_else(|| self.ident().span(), LitStr::span)
    }

    pub(super) fn description(&self) -> Description<'_> {
        self.keys.description.as_ref().map_or(Description::Docs(&self.docs), Description::Given)
    }

    /// Returns the `#[cfg]` attributes of the function, which the generated code has too.
    pub(super) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }

    /// Returns `true` if the function is not `async` and its return type names a future, such as
    /// `BoxFuture<'static, T>`.
    pub(super) fn may_return_future(&self) -> bool {
        let names_future = |ty: &Type| has_word(ty.to_token_stream(), |word| word.ends_with("Future"));
        match &self.function.sig.output {
            ReturnType::Type(_, ty) => self.function.sig.asyncness.is_none() && names_future(ty),
            ReturnType::Default => false,
        }
    }

    /// Returns the return type in a form that can be used outside the function: with `'_` for its lifetimes. Returns
    /// `None` for a type that cannot be named, and for a future.
    pub(super) fn returned(&self) -> Option<TokenStream> {
        let ReturnType::Type(_, ty) = &self.function.sig.output else { return None };
        let is_never = matches!(plain(ty), Type::Never(_));
        let ty = ty.to_token_stream();
        let is_named = !is_never && !has_word(ty.clone(), |word| matches!(word, "impl" | "for"));
        (is_named && !self.may_return_future()).then(|| elided(ty))
    }

    /// Returns each combination of the arguments with a `#[cfg]`, and the conditions for it.
    pub(super) fn variants(&self) -> Vec<(TokenStream, Vec<&Param>)> {
        let mut variants = vec![(TokenStream::new(), Vec::new())];
        for param in &self.params {
            let Some(condition) = param.condition() else {
                for (_, params) in &mut variants {
                    params.push(param);
                }
                continue;
            };
            let without =
                variants.clone().into_iter().map(|(cfgs, params)| (quote!(#cfgs #[cfg(not(#condition))]), params));
            let with = variants.iter().map(|(cfgs, params)| {
                (quote!(#cfgs #[cfg(#condition)]), params.iter().copied().chain([param]).collect())
            });
            variants = with.chain(without).collect();
        }
        variants
    }
}

impl Param {
    /// Removes doc comments and `#[tool]` attributes from an argument, and reads them.
    fn take(arg: &mut PatType, errors: &mut Errors) -> Self {
        let written = arg.clone();
        let docs = DocText::of(&arg.attrs);
        let ours: Vec<Attribute> = arg.attrs.extract_if(.., |attr| is_tool(attr)).collect();
        // `cfg_attr` is an error of its own; if it stayed, rustc would report the attributes in it again.
        arg.attrs.retain(|attr| !is_doc(attr) && !attr.path().is_ident("cfg_attr"));
        Self { ident: plain_ident(&arg.pat), written, keys: ArgKeys::parse(&ours, errors), docs }
    }

    /// Returns the name that the model uses.
    pub(super) fn name(&self) -> Option<String> {
        let ident = self.ident.as_ref().map(|ident| ident.unraw().to_string());
        self.keys.rename.as_ref().map(LitStr::value).or(ident)
    }

    pub(super) fn description(&self) -> Description<'_> {
        self.keys.description.as_ref().map_or(Description::Docs(&self.docs), Description::Given)
    }

    /// Returns `true` if the argument has no description. The user's own types can have docs, so only types of the
    /// standard library count.
    pub(super) fn is_undocumented(&self) -> bool {
        matches!(self.role(), Role::Model(_)) && self.description().is_empty() && is_of_std(self.ty().to_token_stream())
    }

    pub(super) fn ty(&self) -> &Type {
        plain(&self.written.ty)
    }

    /// Returns `true` if the argument is taken by reference.
    pub(super) fn is_reference(&self) -> bool {
        matches!(self.ty(), Type::Reference(_))
    }

    pub(super) fn role(&self) -> Role<'_> {
        let owned = match self.ty() {
            Type::Reference(reference) => plain(&reference.elem),
            ty => ty,
        };
        let is_context = last_word(owned, "ToolContext").is_some_and(|word| word.arguments.is_none());
        if self.keys.context.is_some() || is_context {
            Role::Context
        } else if self.keys.state.is_some() || argument_of(owned, "State").is_some() {
            Role::State(owned)
        } else {
            Role::Model(ParamPassing::of(self.ty()))
        }
    }

    /// Returns the condition in the `#[cfg(..)]` of the argument.
    fn condition(&self) -> Option<TokenStream> {
        let conditions: Vec<TokenStream> = self.cfgs().filter_map(|cfg| cfg.parse_args().ok()).collect();
        match conditions.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            all => Some(quote!(all(#(#all),*))),
        }
    }

    pub(super) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.written.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }
}

impl<'a> ParamPassing<'a> {
    fn of(ty: &'a Type) -> Self {
        match (ty, argument_of(ty, "Option")) {
            (Type::Reference(lent), _) => Self::Lent(lent),
            (_, Some(Type::Reference(lent))) => Self::LentOption(lent),
            _ => Self::Owned,
        }
    }
}

/// The form in which a method takes `self`.
pub(super) enum SelfKind {
    /// `&self`, or `self: &Arc<Self>`.
    Lent,
    /// `self: Arc<Self>`.
    Shared,
}

/// Returns the form of a receiver; `None` if it cannot be shared between calls.
pub(super) fn taken(receiver: &Receiver) -> Option<SelfKind> {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => Some(SelfKind::Lent),
        ReceiverKind::Typed(_, ty) => match plain(ty) {
            Type::Reference(TypeReference { mutability: None, .. }) => Some(SelfKind::Lent),
            ty => argument_of(ty, "Arc").map(|_| SelfKind::Shared),
        },
        _ => None,
    }
}

/// Returns `true` if the tokens contain such a word, at any depth.
fn has_word(tokens: TokenStream, is_match: fn(&str) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => is_match(&word.to_string()),
        TokenTree::Group(group) => has_word(group.stream(), is_match),
        _ => false,
    })
}

/// Returns `true` if a type consists only of common types of the standard library.
fn is_of_std(ty: TokenStream) -> bool {
    const WORDS: [&str; 25] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
        "usize", "str", "String", "Option", "Vec", "Box", "HashMap", "BTreeMap", "HashSet", "BTreeSet",
    ];
    ty.into_iter().all(|token| match token {
        TokenTree::Ident(word) => WORDS.iter().any(|known| word == known),
        TokenTree::Group(group) => is_of_std(group.stream()),
        TokenTree::Punct(punct) => punct.as_char() != ':',
        TokenTree::Literal(_) => true,
    })
}

/// Removes groups and parentheses around a type. A `$type:ty` of `macro_rules!` arrives in a group without delimiters.
pub(super) fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        ty => ty,
    }
}

/// Returns the last segment of a type's path, if it is this word.
fn last_word<'a>(ty: &'a Type, word: &str) -> Option<&'a PathSegment> {
    let Type::Path(path) = plain(ty) else { return None };
    path.path.segments.last().filter(|last| last.ident == word)
}

/// Returns the `T` of `Word<T>`, if the type's path ends with this word and has one type argument.
fn argument_of<'a>(ty: &'a Type, word: &str) -> Option<&'a Type> {
    let PathArguments::AngleBracketed(arguments) = &last_word(ty, word)?.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(only)) if arguments.args.len() == 1 => Some(plain(only)),
        _ => None,
    }
}

impl Description<'_> {
    /// Returns `true` if the description is known to be blank. The value of an expression is not known.
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

/// Returns the name of an argument whose pattern is only a name: `a`, `mut a`.
fn plain_ident(pat: &Pat) -> Option<Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(pat.ident.clone()),
        _ => None,
    }
}

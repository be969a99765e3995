//! [`Item`]: the item with `#[tool]`, as the user wrote it.
//!
//! Function bodies are not parsed, so an incomplete body while the user types does not affect the rest.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Signature, Token, Type, Visibility, WhereClause, braced, token};

use super::attr::is_tool;
use crate::errors::Errors;

pub(super) enum Item {
    Function(Function),
    Block(Block),
}

#[derive(Clone)]
pub(super) struct Function {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) sig: Signature,
    pub(super) body: Group,
}

/// An `impl` block.
pub(super) struct Block {
    pub(super) attrs: Vec<Attribute>,
    pub(super) impl_token: Token![impl],
    pub(super) generics: Generics,
    /// The trait and the `for` after it, if the block implements a trait.
    pub(super) of_trait: Option<TokenStream>,
    pub(super) self_ty: Type,
    pub(super) members: Vec<Member>,
}

/// A member of an `impl` block.
pub(super) enum Member {
    Function(Box<Function>),
    /// Another item, or a function that cannot be parsed: its attributes, and the tokens after them.
    Other(Vec<Attribute>, TokenStream),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        if input.peek(Token![impl]) {
            Block::parse(attrs, input).map(Self::Block)
        } else {
            Function::parse(attrs, input).map(Self::Function)
        }
    }
}

impl Function {
    fn parse(attrs: Vec<Attribute>, input: ParseStream<'_>) -> syn::Result<Self> {
        let vis = input.parse()?;
        let here = input.cursor();
        let sig = input.parse::<Signature>().map_err(|error| match here.token_tree() {
            Some((TokenTree::Ident(word), _)) if is_another_item(&word) => {
                let message = format!(
                    "`#[tool]` does not support `{word}` items; put it on a function or an `impl` block with \
                     functions, as in `#[tool] async fn name(..) -> .. {{ .. }}`"
                );
                syn::Error::new(word.span(), message)
            }
            _ => error,
        })?;
        match input.parse()? {
            TokenTree::Group(body) => Ok(Self { attrs, vis, sig, body }),
            other => Err(syn::Error::new(
                other.span(),
                "a tool needs a body; put `#[tool]` on the function itself, not on its declaration",
            )),
        }
    }
}

fn is_another_item(word: &Ident) -> bool {
    ["struct", "enum", "union", "trait", "mod", "type", "static", "use", "const", "macro_rules"]
        .iter()
        .any(|item| word == item)
}

impl Block {
    fn parse(attrs: Vec<Attribute>, input: ParseStream<'_>) -> syn::Result<Self> {
        let impl_token = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let mut self_ty: Type = input.parse()?;
        let mut of_trait = None;
        if let Some(token) = input.parse::<Option<Token![for]>>()? {
            of_trait = Some(quote!(#self_ty #token));
            self_ty = input.parse()?;
        }
        generics.where_clause = input.parse::<Option<WhereClause>>()?;
        let inside;
        braced!(inside in input);
        let mut members = Vec::new();
        while !inside.is_empty() {
            members.push(inside.parse()?);
        }
        Ok(Self { attrs, impl_token, generics, of_trait, self_ty, members })
    }

    /// Returns `true` if the type of the block has this name.
    pub(super) fn is_of(&self, name: &Ident) -> bool {
        matches!(&self.self_ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == *name))
    }

    /// Returns the functions with `#[tool]`, each with the attribute, and reports `#[tool]` on other items.
    pub(super) fn take_tools(&mut self, errors: &mut Errors) -> Vec<(Attribute, &mut Function)> {
        let mut tools = Vec::new();
        for member in &mut self.members {
            match member {
                Member::Function(function) => {
                    if let Some(place) = function.attrs.iter().position(is_tool) {
                        tools.push((function.attrs.remove(place), &mut **function));
                    }
                }
                Member::Other(attrs, tokens) => {
                    for mark in attrs.extract_if(.., |attr| is_tool(attr)) {
                        let read = |input: ParseStream<'_>| Function::parse(Vec::new(), input).map(|_| ());
                        match syn::parse::Parser::parse2(read, tokens.clone()) {
                            Err(error) => errors.push(error),
                            Ok(()) => errors.at(mark, "this function cannot be parsed"),
                        }
                    }
                }
            }
        }
        tools
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        use syn::parse::discouraged::Speculative as _;
        let attrs = input.call(Attribute::parse_outer)?;
        let ahead = input.fork();
        if let Ok(function) = Function::parse(attrs.clone(), &ahead) {
            input.advance_to(&ahead);
            return Ok(Self::Function(Box::new(function)));
        }
        // An item ends with its braces or a semicolon.
        let mut tokens = TokenStream::new();
        while !input.is_empty() {
            let token: TokenTree = input.parse()?;
            let ends = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            tokens.extend([token]);
            if ends {
                break;
            }
        }
        Ok(Self::Other(attrs, tokens))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote!(#(#attrs)* #vis #sig #body));
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, impl_token, generics, of_trait, self_ty, members } = self;
        let where_clause = &generics.where_clause;
        tokens.extend(quote!(#(#attrs)* #impl_token #generics #of_trait #self_ty #where_clause));
        token::Brace::default().surround(tokens, |inside| members.iter().for_each(|member| member.to_tokens(inside)));
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Other(attrs, rest) => tokens.extend(quote!(#(#attrs)* #rest)),
        }
    }
}

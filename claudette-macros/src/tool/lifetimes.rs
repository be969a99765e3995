//! The lifetimes in the types of a function, for use outside the function.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::quote;

/// Replaces each lifetime in a type by `'_`, except `'static`.
pub(super) fn elided(ty: TokenStream) -> TokenStream {
    with_lifetimes(ty, "_")
}

/// Replaces each lifetime in a type by `'static`. Arguments are read as owned values, so they can have it.
///
/// `Cow<str>` gets its lifetime too, because a field cannot omit it. In other types, it has to be written.
pub(super) fn with_static(ty: TokenStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut rest = with_lifetimes(ty, "static").into_iter().peekable();
    let is = |token: &TokenTree, c: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c);
    while let Some(token) = rest.next() {
        let is_cow = matches!(&token, TokenTree::Ident(name) if name == "Cow");
        tokens.extend([token]);
        if let Some(open) = rest.next_if(|next| is_cow && is(next, '<')) {
            tokens.extend([open]);
            if rest.peek().is_some_and(|next| !is(next, '\'')) {
                tokens.extend(quote!('static,));
            }
        }
    }
    tokens
}

fn with_lifetimes(ty: TokenStream, lifetime: &str) -> TokenStream {
    let mut is_lifetime = false;
    let tokens = ty.into_iter().map(|token| {
        let was_quote = std::mem::replace(&mut is_lifetime, false);
        match token {
            TokenTree::Punct(punct) => {
                is_lifetime = punct.as_char() == '\'';
                TokenTree::Punct(punct)
            }
            TokenTree::Ident(name) if was_quote && name != "static" => Ident::new(lifetime, name.span()).into(),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), with_lifetimes(group.stream(), lifetime));
                inner.set_span(group.span());
                inner.into()
            }
            token => token,
        }
    });
    tokens.collect()
}

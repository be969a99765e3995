//! [`DocText`]: the text of doc comments.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of an item's doc comments, without the comment syntax.
///
/// Paragraphs and sections are kept; `#[doc = include_str!("..")]` and other macros are kept as expressions.
#[derive(Default)]
pub(crate) struct DocText(Vec<Piece>);

enum Piece {
    Text(String),
    Code(Expr),
}

impl DocText {
    pub(crate) fn of(attrs: &[Attribute]) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for attr in attrs.iter().filter(|attr| is_doc(attr)) {
            let Meta::NameValue(doc) = &attr.meta else { continue };
            // Each attribute starts a new line.
            let start = if pieces.is_empty() { "" } else { "\n" };
            let text = literal(&doc.value).map(|comment| prose(&comment)).unwrap_or_default();
            match pieces.last_mut() {
                Some(Piece::Text(before)) => before.extend([start, &text]),
                _ => pieces.push(Piece::Text([start, &text].concat())),
            }
            if literal(&doc.value).is_none() {
                pieces.push(Piece::Code(doc.value.clone()));
            }
        }
        let mut text = Self(pieces);
        text.trim();
        text
    }

    /// Returns `true` if there is no text.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes blank lines at both ends.
    fn trim(&mut self) {
        if let Some(Piece::Text(first)) = self.0.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Piece::Text(last)) = self.0.last_mut() {
            last.truncate(last.trim_end().len());
        }
        self.0.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    }
}

/// Writes an expression of type `&'static str`: one literal if possible.
impl ToTokens for DocText {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => quote!(#text),
            Piece::Code(code) => quote!(#code),
        });
        match self.0.as_slice() {
            [] => tokens.extend(quote!("")),
            [_] => tokens.extend(pieces),
            _ => tokens.extend(quote!(::core::concat!(#(#pieces),* ))),
        }
    }
}

/// Returns `true` if an attribute is a doc comment, or another attribute that only rustdoc reads.
pub(crate) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Returns the text of one `///` line, or of all lines of a `/** */` comment.
fn prose(comment: &str) -> String {
    let lines: Vec<&str> = comment.lines().map(str::trim_end).collect();
    let inner = lines.get(1..).unwrap_or_default();
    let is_starred = inner.iter().all(|line| line.is_empty() || line.trim_start().starts_with('*'));
    let strip = |(index, line): (usize, &&str)| {
        let line = match index {
            0 => line,
            _ if is_starred => line.trim_start().strip_prefix('*').unwrap_or_default(),
            _ => line.trim_start(),
        };
        line.strip_prefix(' ').unwrap_or(line).to_owned()
    };
    lines.iter().enumerate().map(strip).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn text(attrs: &[Attribute]) -> String {
        DocText::of(attrs).to_token_stream().to_string()
    }

    #[test]
    fn paragraphs_sections_and_indentation_are_kept() {
        let attrs: Vec<Attribute> = parse_quote! {
            /// Adds a + b.
            ///
            /// # Returns
            ///
            ///     a + b
            ///
        };
        assert_eq!(text(&attrs), r#""Adds a + b.\n\n# Returns\n\n    a + b""#);
    }

    #[test]
    fn block_comments_lose_their_frame() {
        let attrs: Vec<Attribute> = parse_quote! {
            #[doc = "\n * Adds a + b.\n *\n * Slowly.\n "]
        };
        assert_eq!(text(&attrs), r#""Adds a + b.\n\nSlowly.""#);
        let attrs: Vec<Attribute> = parse_quote! {
            #[doc = " Adds a + b.\n    Slowly. "]
        };
        assert_eq!(text(&attrs), r#""Adds a + b.\nSlowly.""#);
    }

    #[test]
    fn macros_are_kept_as_expressions() {
        let attrs: Vec<Attribute> = parse_quote! {
            /// Adds a + b.
            ///
            #[doc = include_str!("sums.md")]
            #[doc(alias = "plus")]
        };
        assert_eq!(text(&attrs), r#":: core :: concat ! ("Adds a + b.\n\n" , include_str ! ("sums.md"))"#);
    }

    #[test]
    fn blank_docs_are_empty() {
        let attrs: Vec<Attribute> = parse_quote! {
            ///
            #[doc(hidden)]
        };
        assert!(DocText::of(&attrs).is_empty());
    }
}

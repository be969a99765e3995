//! The macros of [`claudette-core`](https://docs.rs/claudette-core). They are documented there, because their examples
//! need that crate.

mod calls;
mod doc_text;
mod errors;
#[cfg(test)]
mod snapshot;
mod tool;

use proc_macro::TokenStream;

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn tool(keys: TokenStream, item: TokenStream) -> TokenStream {
    tool::expand(keys.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro]
pub fn calls(input: TokenStream) -> TokenStream {
    calls::expand(input.into()).into()
}

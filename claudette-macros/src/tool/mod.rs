//! `#[tool]`: the item (`item`), the grammar of the attribute (`attr`), the model, the checks and the tokens.

mod attr;
mod check;
mod expand_call;
mod expand_calls;
mod expand_fn;
mod expand_impl;
mod expand_tool;
mod item;
mod lifetimes;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use self::item::Item;
use crate::errors::Errors;

/// Writes the item and its tool, or the item and all errors.
///
/// The item is always written, so that a mistake in the attribute does not cause other errors.
pub(crate) fn expand(keys: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(Item::Function(function)) => expand_fn::expand(keys, function),
        Ok(Item::Block(block)) => expand_impl::expand(keys, block),
        Err(error) => {
            let mut tokens = Errors::from(error).to_tokens();
            tokens.extend(item);
            tokens
        }
    }
}

//! `#[tool]`: the item as it was written (`item`), its grammar (`attr`), model, checks and tokens, one file each.

mod attr;
mod check;
mod expand_fn;
mod expand_impl;
mod expand_tool;
mod item;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use self::item::Item;
use crate::errors::Errors;

/// The item as the user wrote it, and beside it the tool; or all that is wrong.
///
/// The item itself is always there, so that a mistake in the attribute turns nothing red but itself.
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

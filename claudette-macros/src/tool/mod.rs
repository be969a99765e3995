//! `#[tool]`: grammar (`attr`), model, checks and tokens, one file each.

mod attr;
mod check;
mod expand_fn;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// The item as the user wrote it, and beside it the tool; or all that is wrong.
///
/// The item itself is always there, so that a mistake in the attribute turns nothing red but itself.
pub(crate) fn expand(keys: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match syn::parse2::<model::Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let mut tokens = errors.to_tokens();
            tokens.extend(item);
            return tokens;
        }
    };
    let tool = model::Tool::new(keys, function, &mut errors);
    check::check(&tool, &mut errors);
    if errors.is_empty() { expand_fn::expand(&tool) } else { expand_fn::expand_broken(&tool, &errors) }
}

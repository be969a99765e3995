//! The rules for a tool. Each violation is an error at the user's tokens, with the cause and the remedy.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Safety, Type};

use super::attr::CallsName;
use super::item::Block;
use super::model::{Param, ParamPassing, Role, Tool, taken};
use crate::calls::variant_name;
use crate::errors::Errors;

/// Checks a function outside an `impl` block.
pub(super) fn function(tool: &Tool, errors: &mut Errors) {
    if let Some(receiver) = &tool.receiver {
        let mut receiver = receiver.clone();
        receiver.attrs.clear();
        errors.at(
            receiver,
            "a tool with `self` needs `#[tool]` on its `impl` block too, as in \
             `#[tool] impl Type { #[tool] fn ..(&self) }`; if a macro call in the block generates the function, write \
             the function out instead",
        );
    }
    check(tool, errors);
}

/// Checks the enum of the calls of an `impl` block.
pub(super) fn calls(calls: &CallsName, block: &Block, tools: &[Tool], errors: &mut Errors) {
    let ident = &calls.ident;
    if !block.generics.params.is_empty() {
        errors.at(
            &block.generics,
            format_args!(
                "a generic block cannot have `calls`, because `{ident}` has no parameters; write the block for one \
                 type, or remove `calls`"
            ),
        );
    }
    if block.is_of(ident) {
        errors.at(
            ident,
            format_args!("`{ident}` is the type of the block; name the enum differently, as in `calls = {ident}Calls`"),
        );
    }
    let mut seen: Vec<Ident> = Vec::new();
    for tool in tools.iter().filter(|tool| tool.cfgs().next().is_none()) {
        let variant = variant_name(tool.ident());
        if seen.contains(&variant) {
            errors.at(
                tool.ident(),
                format_args!(
                    "two variants of `{ident}` have the name `{variant}`; rename this function, and keep its name for \
                     the model with `#[tool(name = \"{}\")]`",
                    tool.name(),
                ),
            );
        }
        seen.push(variant);
    }
}

/// Checks an `impl` block and the tools in it.
pub(super) fn block(block: &Block, tools: &[Tool], errors: &mut Errors) {
    if let Some(of_trait) = &block.of_trait {
        errors.at(
            of_trait,
            "`#[tool]` does not support trait implementations; put it on an inherent `impl` block, with a function \
             that calls the trait's function",
        );
    }
    if tools.is_empty() && errors.is_empty() {
        errors
            .at(block.impl_token, "this block has no tools; put `#[tool]` above each function that the model may call");
    }
    let mut seen: Vec<String> = Vec::new();
    for tool in tools {
        if let Some(wrong) = tool.receiver.as_ref().filter(|receiver| taken(receiver).is_none()) {
            errors.at(
                wrong,
                "a tool cannot take `self` by value or as `&mut self`, because calls run concurrently; take `&self`, \
                 and put mutable state into a `Mutex`",
            );
        }
        check(tool, errors);
        if tool.cfgs().next().is_some() {
            continue;
        }
        let name = tool.name();
        if seen.contains(&name) {
            errors.push(syn::Error::new(
                tool.name_span(),
                format_args!(
                    "two tools of this block have the name `{name}`; rename one with `#[tool(name = \"..\")]`"
                ),
            ));
        }
        seen.push(name);
    }
}

fn check(tool: &Tool, errors: &mut Errors) {
    check_description(tool, errors);
    check_name(tool, errors);
    check_signature(tool, errors);
    for param in &tool.params {
        check_param(param, errors);
    }
    check_params(tool, errors);
}

fn check_description(tool: &Tool, errors: &mut Errors) {
    if tool.description().is_empty() {
        errors.at(
            tool.ident(),
            "a tool needs a description, from which the model learns when to call it; add a doc comment above \
             `#[tool]`, or `#[tool(description = \"..\")]`",
        );
    }
}

fn check_name(tool: &Tool, errors: &mut Errors) {
    const CHARACTERS: &str = "1 to 128 of the characters a-z, A-Z, 0-9, `_` and `-`";
    let name = tool.name();
    if is_name(&name, 128, "_-") {
        return;
    }
    match &tool.keys.name {
        Some(literal) => {
            errors.at(literal, format_args!("the tool name {name:?} is not valid; use {CHARACTERS}"));
        }
        None => errors.at(
            tool.ident(),
            format_args!(
                "the tool name {name:?} is not valid; set a name of {CHARACTERS} with `#[tool(name = \"..\")]`"
            ),
        ),
    }
}

fn check_signature(tool: &Tool, errors: &mut Errors) {
    let sig = &tool.function.sig;
    if sig.generics.type_params().next().is_some() || sig.generics.const_params().next().is_some() {
        errors.at(&sig.generics, "a tool cannot be generic, because its arguments have one schema; use concrete types");
    } else if let Some(clause) = &sig.generics.where_clause {
        errors.at(clause, "a tool cannot have a `where` clause, because it cannot be generic; use concrete types");
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.at(
            token,
            "a tool cannot be `unsafe`, because the model decides when to call it; make it a safe function that checks \
             the conditions",
        );
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, "a tool cannot be an `extern` function; remove `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic.dots, "a tool cannot be variadic; take a `Vec` for any number of values");
    }
    if let (Some(blocking), Some(_)) = (&tool.keys.blocking, &sig.asyncness) {
        errors.at(blocking, "an `async` function cannot be `blocking`; remove `blocking` or `async`");
    }
    if let (Some(blocking), true) = (&tool.keys.blocking, tool.may_return_future()) {
        errors.at(blocking, "a function that returns a future cannot be `blocking`; remove `blocking`");
    }
    for repeated in &tool.repeated {
        errors.at(repeated, "`#[tool]` is given twice; put all keys into one attribute");
    }
}

fn check_param(param: &Param, errors: &mut Errors) {
    if let Some(cfg) = param.written.attrs.iter().find(|attr| attr.path().is_ident("cfg_attr")) {
        errors.at(
            cfg,
            "an argument of a tool cannot have `cfg_attr`; write the argument twice, each time with its own `#[cfg]`",
        );
    }
    if let (Some(context), Some(_)) = (&param.keys.context, &param.keys.state) {
        errors.at(context, "an argument cannot be both `context` and `state`; remove one of the two");
    }
    let loan = match param.role() {
        Role::Model(loan) => loan,
        Role::Context | Role::State(_) => {
            for key in &param.keys.for_the_model {
                errors.at(key, format_args!("`{key}` is only for arguments that the model provides; remove it"));
            }
            return;
        }
    };
    let written = &param.written;
    if param.ident.is_none() {
        errors.at(
            &written.pat,
            "an argument needs a name, by which the model provides it; write a name, and destructure it in the body",
        );
        return;
    }
    check_type(&written.ty, &loan, errors);
}

fn check_type(ty: &Type, loan: &ParamPassing<'_>, errors: &mut Errors) {
    let inner = match loan {
        ParamPassing::Owned => ty,
        ParamPassing::Lent(lent) | ParamPassing::LentOption(lent) => {
            if lent.mutability.is_some() {
                let owned = plain(&lent.elem.to_token_stream());
                errors.at(
                    lent,
                    format_args!("an argument cannot be a `&mut` reference; take it as `{owned}`, and make it `mut`"),
                );
                return;
            }
            if let Some(lifetime) = lent.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
                errors.at(
                    lifetime,
                    "an argument lives only as long as the call; remove `'static`, or take an owned type",
                );
                return;
            }
            &*lent.elem
        }
    };
    let keyword = ["impl", "dyn"].iter().find_map(|word| find(inner.to_token_stream(), word));
    if let Some(token) = keyword {
        let message = format!(
            "an argument cannot be `{token} Trait`, because its schema describes one type; use a concrete type"
        );
        errors.at(token, message);
    } else if let Some(token) = find(inner.to_token_stream(), "&") {
        errors.at(
            token,
            "an argument is read from JSON and can be borrowed only as a whole; use owned types inside, such as \
             `String`",
        );
    }
}

/// The maximum number of arguments with a `#[cfg]`, because the tool is generated for each combination of them.
const MOST_CONDITIONAL: usize = 4;

fn check_params(tool: &Tool, errors: &mut Errors) {
    let contexts = tool.params.iter().filter(|param| matches!(param.role(), Role::Context));
    for second in contexts.skip(1) {
        errors.at(&second.written, "a tool can have only one `ToolContext`; remove this argument");
    }
    if let Some(fifth) = tool.params.iter().filter(|param| param.cfgs().next().is_some()).nth(MOST_CONDITIONAL) {
        errors.at(
            &fifth.written.pat,
            format_args!(
                "at most {MOST_CONDITIONAL} arguments of a tool can have a `#[cfg]`; combine them in a struct"
            ),
        );
    }
    let mut seen: Vec<String> = Vec::new();
    for param in tool.params.iter().filter(|param| matches!(param.role(), Role::Model(_))) {
        let Some(name) = param.name() else { continue };
        let place = match &param.keys.rename {
            Some(literal) => literal.to_token_stream(),
            None => param.ident.to_token_stream(),
        };
        if !is_name(&name, 64, "_.-") {
            const CHARACTERS: &str = "1 to 64 of the characters a-z, A-Z, 0-9, `_`, `.` and `-`";
            let remedy = match &param.keys.rename {
                Some(_) => format!("use {CHARACTERS}"),
                None => format!("set a name of {CHARACTERS} with `#[tool(rename = \"..\")]`"),
            };
            errors.at(&place, format_args!("the argument name {name:?} is not valid; {remedy}"));
        }
        // Arguments with different conditions can have the same name.
        if param.cfgs().next().is_some() {
            continue;
        }
        if seen.contains(&name) {
            errors.at(
                &place,
                format_args!("two arguments have the name `{name}`; rename one with `#[tool(rename = \"..\")]`"),
            );
        }
        seen.push(name);
    }
}

fn is_name(name: &str, longest: usize, marks: &str) -> bool {
    (1..=longest).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
}

/// Returns the first token with this text, at any depth.
fn find(tokens: TokenStream, text: &str) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match &token {
        TokenTree::Group(group) => find(group.stream(), text),
        _ => (token.to_string() == text).then_some(token),
    })
}

/// Formats a type without the spaces that `TokenStream` puts between tokens.
fn plain(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ","), ("& ", "&")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

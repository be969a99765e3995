//! Every rule for a tool: what is wrong, at which tokens, and what to write instead.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Safety, Type};

use super::item::Block;
use super::model::{Param, ParamPassing, Role, Tool, taken};
use crate::errors::Errors;

/// The rules for a function of its own.
pub(super) fn function(tool: &Tool, errors: &mut Errors) {
    if let Some(receiver) = &tool.receiver {
        let mut receiver = receiver.clone();
        receiver.attrs.clear();
        errors.at(
            receiver,
            "a tool with `self` needs `#[tool]` above its `impl` block as well: `#[tool] impl Type { #[tool] fn ..(&self) }`; \
             a function that a macro call in the block expands to is not seen there, so write it out",
        );
    }
    check(tool, errors);
}

/// The rules for an `impl` block and the tools in it.
pub(super) fn block(block: &Block, tools: &[Tool], errors: &mut Errors) {
    if let Some(of_trait) = &block.of_trait {
        errors.at(
            of_trait,
            "`#[tool]` goes on an `impl` block of the type's own: a function of a trait becomes a tool through one that calls it",
        );
    }
    if tools.is_empty() && errors.is_empty() {
        errors
            .at(block.impl_token, "this block has no tools: put `#[tool]` above each function that the model may call");
    }
    let mut seen: Vec<String> = Vec::new();
    for tool in tools {
        if let Some(wrong) = tool.receiver.as_ref().filter(|receiver| taken(receiver).is_none()) {
            errors.at(
                wrong,
                "calls run at the same time, so a tool shares what it works on: take `&self`, and put what changes into a \
                 `Mutex` or the like",
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
                    "two tools of this block have the name `{name}`: give one another with `#[tool(name = \"..\")]`"
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
            "a tool needs a description, for the model sees nothing else of it: add a doc comment above `#[tool]`, or \
             `#[tool(description = \"..\")]`",
        );
    }
}

fn check_name(tool: &Tool, errors: &mut Errors) {
    let name = tool.name();
    if is_name(&name, 128, "_-") {
        return;
    }
    let rule = "a tool's name has 1 to 128 of the characters a-z, A-Z, 0-9, `_` and `-`";
    match &tool.keys.name {
        Some(literal) => errors.at(literal, rule),
        None => errors.at(tool.ident(), format_args!("{rule}: give it another one with `#[tool(name = \"..\")]`")),
    }
}

fn check_signature(tool: &Tool, errors: &mut Errors) {
    let sig = &tool.function.sig;
    if sig.generics.type_params().next().is_some() || sig.generics.const_params().next().is_some() {
        errors.at(&sig.generics, "a tool cannot be generic, for its arguments have one schema: name the types");
    } else if let Some(clause) = &sig.generics.where_clause {
        errors.at(clause, "a tool cannot be generic, for its arguments have one schema: name the types");
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.at(token, "a tool cannot be `unsafe`, for the model decides when it is called: check what it needs in a safe function");
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, "a tool is an ordinary Rust function: remove the `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic.dots, "a tool has a fixed number of arguments: take a `Vec` for any number of values");
    }
    if let (Some(blocking), Some(_)) = (&tool.keys.blocking, &sig.asyncness) {
        errors.at(blocking, "an `async` function holds up no thread: remove `blocking`, or the `async`");
    }
    if let (Some(blocking), true) = (&tool.keys.blocking, tool.may_return_future()) {
        errors.at(blocking, "a function that returns a future does not block: remove `blocking`");
    }
    for repeated in &tool.repeated {
        errors.at(repeated, "`#[tool]` is given twice; put all keys into one");
    }
}

fn check_param(param: &Param, errors: &mut Errors) {
    if let Some(cfg) = param.written.attrs.iter().find(|attr| attr.path().is_ident("cfg_attr")) {
        errors.at(cfg, "what is said of an argument of a tool cannot depend on `cfg`: write the argument twice, each with its `#[cfg]`");
    }
    if let (Some(context), Some(_)) = (&param.keys.context, &param.keys.state) {
        errors.at(context, "an argument is `context` or `state`, not both");
    }
    let loan = match param.role() {
        Role::Model(loan) => loan,
        Role::Context | Role::State(_) => {
            for key in &param.keys.for_the_model {
                errors.at(key, format_args!("the model never sees this argument: remove `{key}`"));
            }
            return;
        }
    };
    let written = &param.written;
    if param.ident.is_none() {
        errors.at(&written.pat, "the model calls an argument by its name: write one, and take it apart in the body");
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
                    format_args!("what the model gives is read for each call: take it as `{owned}`, and make it `mut`"),
                );
                return;
            }
            if let Some(lifetime) = lent.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
                errors.at(
                    lifetime,
                    "what the model gives lives as long as the call: remove the `'static`, or take an owned type",
                );
                return;
            }
            &*lent.elem
        }
    };
    let of_many = ["impl", "dyn"].iter().find_map(|word| find(inner.to_token_stream(), word));
    if let Some(token) = of_many {
        let message =
            format!("a tool's argument has one schema, so its type needs a name: `{token} Trait` stands for many");
        errors.at(token, message);
    } else if let Some(token) = find(inner.to_token_stream(), "&") {
        errors.at(
            token,
            "a tool's argument is read from JSON and can be lent as a whole only: take owned types inside, as `String`",
        );
    }
}

/// How many arguments may have conditions: the tool is written anew for each combination of them.
const MOST_CONDITIONAL: usize = 4;

fn check_params(tool: &Tool, errors: &mut Errors) {
    let contexts = tool.params.iter().filter(|param| matches!(param.role(), Role::Context));
    for second in contexts.skip(1) {
        errors.at(&second.written, "a tool has one context: remove this argument");
    }
    if let Some(fifth) = tool.params.iter().filter(|param| param.cfgs().next().is_some()).nth(MOST_CONDITIONAL) {
        errors.at(
            &fifth.written.pat,
            format_args!(
                "at most {MOST_CONDITIONAL} arguments of a tool can have a `#[cfg]`: take them together in a struct"
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
            let hint =
                if param.keys.rename.is_none() { ": give it another one with `#[tool(rename = \"..\")]`" } else { "" };
            errors.at(
                &place,
                format_args!("an argument's name has 1 to 64 of the characters a-z, A-Z, 0-9, `_`, `.` and `-`{hint}"),
            );
        }
        // Of arguments with conditions only one may be there.
        if param.cfgs().next().is_some() {
            continue;
        }
        if seen.contains(&name) {
            errors.at(&place, format_args!("two arguments are named `{name}`: the model could not tell them apart"));
        }
        seen.push(name);
    }
}

fn is_name(name: &str, longest: usize, marks: &str) -> bool {
    (1..=longest).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
}

/// The first token that reads so, at any depth.
fn find(tokens: TokenStream, text: &str) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match &token {
        TokenTree::Group(group) => find(group.stream(), text),
        _ => (token.to_string() == text).then_some(token),
    })
}

/// A type as a person would write it.
fn plain(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ","), ("& ", "&")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

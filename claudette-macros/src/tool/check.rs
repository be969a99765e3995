//! Every rule for a tool: what is wrong, at which tokens, and what to write instead.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, Safety, Type};

use super::model::{Param, Tool};
use crate::errors::Errors;

pub(super) fn check(tool: &Tool, errors: &mut Errors) {
    check_description(tool, errors);
    check_name(tool, errors);
    check_signature(tool, errors);
    for param in &tool.params {
        check_param(param, errors);
    }
    check_param_names(tool, errors);
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
    if is_name(&name, "_-") {
        return;
    }
    let rule = "a tool's name has 1 to 64 of the characters a-z, A-Z, 0-9, `_` and `-`";
    match &tool.keys.name {
        Some(literal) => errors.at(literal, rule),
        None => errors.at(tool.ident(), format_args!("{rule}: give it another one with `#[tool(name = \"..\")]`")),
    }
}

fn check_signature(tool: &Tool, errors: &mut Errors) {
    let sig = &tool.function.sig;
    if !sig.generics.params.is_empty() || sig.generics.where_clause.is_some() {
        let generics = if sig.generics.params.is_empty() {
            sig.generics.where_clause.to_token_stream()
        } else {
            sig.generics.to_token_stream()
        };
        errors.at(generics, "a tool cannot be generic, for its arguments have one schema: name the types");
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
    for repeated in &tool.repeated {
        errors.at(repeated, "`#[tool]` is given twice; put all keys into one");
    }
}

fn check_param(param: &Param, errors: &mut Errors) {
    let arg = match &param.written {
        FnArg::Typed(arg) => arg,
        FnArg::Receiver(receiver) => {
            let mut receiver = receiver.clone();
            receiver.attrs.clear();
            errors.at(receiver, "a tool is a free function and has no `self`: take what it needs as arguments");
            return;
        }
    };
    if param.ident.is_none() {
        errors.at(&arg.pat, "the model calls an argument by its name: write one, and take it apart in the body");
        return;
    }
    if let Some(cfg) = param.attrs().iter().find(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
    {
        errors
            .at(cfg, "an argument of a tool cannot depend on `cfg`: write the function twice, each with its `#[cfg]`");
    }
    if param.description().is_empty() {
        errors.at(
            &arg.pat,
            "an argument needs a description, for the model sees nothing else of it: add a doc comment before it, or \
             `#[tool(description = \"..\")]`",
        );
    }
    check_type(&arg.ty, errors);
}

fn check_type(ty: &Type, errors: &mut Errors) {
    if let Type::Reference(reference) = ty {
        let owned = match &*reference.elem {
            Type::Slice(slice) => {
                let item = &slice.elem;
                plain(&quote!(Vec<#item>))
            }
            Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
            other => plain(&other.to_token_stream()),
        };
        errors.at(ty, format_args!("a tool's argument is read from JSON and owned by it: take `{owned}`"));
        return;
    }
    if let Some(token) = find(ty.to_token_stream(), "impl") {
        errors.at(token, "a tool's argument has one schema, so its type needs a name: `impl Trait` stands for many");
    } else if let Some(token) = find(ty.to_token_stream(), "&") {
        errors.at(token, "a tool's argument is read from JSON and cannot borrow: take an owned type, as `String`");
    }
}

fn check_param_names(tool: &Tool, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for param in &tool.params {
        let Some(name) = param.name() else { continue };
        let place = match &param.keys.rename {
            Some(literal) => literal.to_token_stream(),
            None => param.ident.to_token_stream(),
        };
        if !is_name(&name, "_.-") {
            let hint =
                if param.keys.rename.is_none() { ": give it another one with `#[tool(rename = \"..\")]`" } else { "" };
            errors.at(
                &place,
                format_args!("an argument's name has 1 to 64 of the characters a-z, A-Z, 0-9, `_`, `.` and `-`{hint}"),
            );
        }
        if seen.contains(&name) {
            errors.at(&place, format_args!("two arguments are named `{name}`: the model could not tell them apart"));
        }
        seen.push(name);
    }
}

fn is_name(name: &str, marks: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
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
    [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ",")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

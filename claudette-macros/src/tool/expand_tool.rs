//! The tokens of one tool: a function, and the road from the model's JSON to its arguments.
//!
//! All that is written here is hygienic: its locals are its own, and its paths are absolute. What comes from the user
//! keeps the span it has, so that an error about it is at the user's own token.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ReturnType};

use super::model::{Param, ParamPassing, Role, Tool};

/// `quote!`, with the hygiene of `macro_rules!`.
macro_rules! quote {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}
pub(super) use quote;

/// What lints say of functions that are not written for a model: its arguments are read from JSON and owned, as many as it
/// takes, and it may be async like its siblings.
pub(super) fn allow() -> TokenStream {
    quote!(#[allow(clippy::needless_pass_by_value, clippy::too_many_arguments, clippy::unused_async)])
}

/// Warns of arguments of which the model sees nothing but the name. Stable Rust lets a macro warn in one way: it uses what
/// is deprecated. What the user allows for the function, or for the argument, is allowed here.
pub(super) fn warnings(tool: &Tool) -> TokenStream {
    let is_level =
        |attr: &&Attribute| ["allow", "warn", "deny", "forbid"].iter().any(|level| attr.path().is_ident(level));
    let undocumented = tool.params.iter().filter(|param| param.is_undocumented());
    let warnings = undocumented.map(|param| {
        let levels = tool.function.attrs.iter().chain(&param.written.attrs).filter(is_level);
        let cfgs = tool.cfgs().chain(param.cfgs());
        let note = format!(
            "the model sees nothing of `{}` but this name: add a doc comment before it, or `#[tool(description = \"..\")]`; \
             `#[allow(deprecated)]` turns this warning off",
            param.name().unwrap_or_default(),
        );
        let here = quote_spanned!(generated_at(param.written.pat.span())=> ARGUMENT_WITHOUT_DESCRIPTION);
        quote! {
            #(#cfgs)* #(#levels)*
            const _: () = {
                #[deprecated = #note]
                const ARGUMENT_WITHOUT_DESCRIPTION: () = ();
                #here
            };
        }
    });
    warnings.collect()
}

/// How the function is reached.
pub(super) struct Callee {
    pub(super) path: TokenStream,
    /// The function's path for people, as an expression.
    pub(super) origin: TokenStream,
    /// What its `self` is, where `this` is an `Arc<Self>`.
    pub(super) receiver: Option<TokenStream>,
}

/// The span of generated code that is shown at a place in the user's.
fn generated_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The tool, as an expression.
pub(super) fn expand(tool: &Tool, params: &[&Param], callee: &Callee) -> TokenStream {
    let (ident, name, description, origin) = (tool.ident(), tool.name(), tool.description(), &callee.origin);
    let strict = tool.keys.strict.then(|| quote!(.strict(true)));
    let exclusive = tool.keys.exclusive.then(|| quote!(.exclusive()));
    let timeout = tool.keys.timeout.as_ref().map(|timeout| quote!(.timeout(#timeout)));
    let annotations = &tool.keys.annotations;
    let returns = tool.returned().map(|ty| quote!(.returns(__p::output_schema!(#ty))));
    let given: Vec<(&Param, ParamPassing<'_>)> = params
        .iter()
        .filter_map(|param| match param.role() {
            Role::Model(loan) => Some((*param, loan)),
            _ => None,
        })
        .collect();
    let values = nest(given.iter().map(|(param, loan)| value(param, loan)));
    let locals = nest((0..given.len()).map(|n| local(n).into_token_stream()));
    let states = params.iter().filter_map(|param| match param.role() {
        Role::State(ty) => Some(quote_spanned!(generated_at(ty.span())=> <#ty as __p::IsState>::TYPE)),
        _ => None,
    });

    let mut count = 0..;
    let arguments = callee.receiver.iter().cloned().chain(params.iter().map(|param| argument(param, &mut count)));
    let dot_await = tool.function.sig.asyncness.map(|_| quote!(.await));
    // What is wrong with the returned type is said at that type, and that the future is not `Send` at the name.
    let returned = match &tool.function.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => ident.span(),
    };
    let path = &callee.path;
    let future = tool.may_return_future().then(|| quote!(future));
    let answer = quote_spanned!(generated_at(returned)=> __p::output!(#future #path(#(#arguments),*) #dot_await));
    let run = if tool.keys.blocking.is_some() {
        quote_spanned! {generated_at(ident.span())=>
            __p::Box::pin(__p::blocking(cx, move |cx| {
                let #locals = values;
                #answer
            }))
        }
    } else {
        quote_spanned! {generated_at(ident.span())=>
            __p::Box::pin(async move {
                let #locals = values;
                #answer
            })
        }
    };
    // Each call has its own share of the value that the method works on.
    let call = if callee.receiver.is_some() {
        quote! {{
            let this = __p::Clone::clone(&this);
            move |values, cx| {
                let this = __p::Clone::clone(&this);
                #run
            }
        }}
    } else {
        quote!(|values, cx| #run)
    };
    quote! {{
        let params = || const { &#values };
        let definition = __p::definition(#name, #description, #origin, params()) #strict;
        __p::function(definition, const { &[#(#states),*] }, params, #call) #exclusive #timeout #returns #(.#annotations())*
    }}
}

/// What is known of an argument that the model gives: its type stands in each place with the user's own span, so that an
/// error about it is at that type.
fn value(param: &Param, loan: &ParamPassing<'_>) -> TokenStream {
    let (name, description, ty) = (param.name(), param.description(), param.ty());
    // A default is written as the function takes it.
    let (owned, default) = match loan {
        ParamPassing::Owned => (ty.to_token_stream(), param.keys.default.to_token_stream()),
        ParamPassing::Lent(lent) => {
            let (lent, default) = (&*lent.elem, &param.keys.default);
            (owned(lent), quote!(<#lent as __p::ToOwned>::to_owned(#default)))
        }
        ParamPassing::LentOption(lent) => {
            let (lent, default) = (&*lent.elem, &param.keys.default);
            let owned = owned(lent);
            (quote!(__p::Option<#owned>), quote!(__p::Option::map(#default, <#lent as __p::ToOwned>::to_owned)))
        }
    };
    let default = param.keys.default.is_some().then(|| quote!(.or(|| #default, __p::show!())));
    quote!(__p::param::<#owned>(#name, #description) #default)
}

/// What is read for something that is lent.
fn owned(lent: &syn::Type) -> TokenStream {
    quote_spanned!(generated_at(lent.span())=> __p::Owned<#lent>)
}

/// What stands in the call of the function; `count` numbers what the model gave.
fn argument(param: &Param, count: &mut impl Iterator<Item = usize>) -> TokenStream {
    let is_reference = param.is_reference();
    match param.role() {
        Role::Context if is_reference => quote!(cx),
        Role::Context => quote!(__p::Clone::clone(cx)),
        Role::State(ty) => {
            let and = is_reference.then(|| quote!(&));
            let span = generated_at(ty.span());
            quote_spanned!(span=> #and __p::state::<#ty>(cx)?)
        }
        Role::Model(loan) => {
            let local = local(count.next().unwrap_or_default());
            match loan {
                ParamPassing::Owned => quote!(#local),
                ParamPassing::Lent(_) => quote!(&#local),
                ParamPassing::LentOption(lent) => {
                    let lent = &lent.elem;
                    quote!(__p::Option::map(__p::Option::as_ref(&#local), __p::Borrow::<#lent>::borrow))
                }
            }
        }
    }
}

fn local(n: usize) -> syn::Ident {
    format_ident!("arg{n}", span = Span::mixed_site())
}

/// `(a, (b, ()))`: a list of any length in one type.
fn nest(items: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    items.rev().fold(quote!(()), |rest, item| quote!((#item, #rest)))
}

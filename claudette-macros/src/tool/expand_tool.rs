//! The tokens of one tool: its definition, and the code that passes the arguments to the function.
//!
//! The generated code is hygienic: its locals cannot conflict with the user's, and its paths are absolute. The user's
//! tokens keep their spans, so errors point at the user's code.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ReturnType, TypeReference};

use super::attr::Exclusive;
use super::lifetimes::with_static;
use super::model::{Param, ParamPassing, Role, Tool};

/// `quote!`, with the hygiene of `macro_rules!`.
macro_rules! quote {
    ($($tokens:tt)*) => { quote_spanned!(Span::mixed_site()=> $($tokens)*) };
}
pub(super) use quote;

/// Returns the attribute that allows lints about the signature of a function, which the schema of a tool dictates.
pub(super) fn allow() -> TokenStream {
    quote!(#[allow(clippy::needless_pass_by_value, clippy::too_many_arguments, clippy::unused_async)])
}

/// Warns about arguments without a description. On stable Rust, a macro can only warn by a use of a deprecated item.
/// Lint levels of the function and of the argument apply to the warning.
pub(super) fn warnings(tool: &Tool) -> TokenStream {
    let is_level =
        |attr: &&Attribute| ["allow", "warn", "deny", "forbid"].iter().any(|level| attr.path().is_ident(level));
    let undocumented = tool.params.iter().filter(|param| param.ident.is_some() && param.is_undocumented());
    let warnings = undocumented.map(|param| {
        let levels = tool.function.attrs.iter().chain(&param.written.attrs).filter(is_level);
        let cfgs = tool.cfgs().chain(param.cfgs());
        let note = format!(
            "argument `{}` has no description for the model; add a doc comment before it, or \
             `#[tool(description = \"..\")]`; `#[allow(deprecated)]` turns this warning off",
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

/// The paths by which the generated code calls the function.
pub(super) struct Callee {
    pub(super) path: TokenStream,
    /// An expression for the function's path, for error messages.
    pub(super) origin: TokenStream,
    /// The argument for `self`; `this` is an `Arc<Self>`.
    pub(super) receiver: Option<TokenStream>,
}

/// Returns the span for generated code whose errors are shown at a place in the user's code.
fn generated_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// An argument that the model provides.
pub(super) type Given<'a> = (&'a Param, ParamPassing<'a>);

/// Returns the arguments that the model provides.
pub(super) fn given<'a>(params: &[&'a Param]) -> Vec<Given<'a>> {
    let given = params.iter().filter_map(|param| match param.role() {
        Role::Model(loan) => Some((*param, loan)),
        _ => None,
    });
    given.collect()
}

/// Writes the parameters by which the arguments are read: an expression that is evaluated at compile time.
pub(super) fn readers(given: &[Given<'_>]) -> TokenStream {
    let values = nest(given.iter().map(|(param, loan)| value(param, loan)));
    quote!(const { &#values })
}

/// Writes the type of the parameters.
pub(super) fn readers_type(given: &[Given<'_>]) -> TokenStream {
    nest(given.iter().map(|(param, loan)| {
        let ty = owned_type(param, loan, &quote!(__p));
        quote!(__p::Param<#ty>)
    }))
}

/// Writes the pattern that takes the values apart, with a local for each.
pub(super) fn locals(given: &[Given<'_>]) -> TokenStream {
    nest(local_names(given).map(ToTokens::into_token_stream))
}

/// Returns the locals of the values.
pub(super) fn local_names(given: &[Given<'_>]) -> impl DoubleEndedIterator<Item = syn::Ident> + use<> {
    (0..given.len()).map(local)
}

/// Writes the expression that creates the tool. `readers` is a function that returns the parameters.
pub(super) fn expand(tool: &Tool, params: &[&Param], readers: &TokenStream, callee: &Callee) -> TokenStream {
    let (ident, name, description, origin) = (tool.ident(), tool.name(), tool.description(), &callee.origin);
    let strict = tool.keys.strict.then(|| quote!(.strict(true)));
    let deferred = tool.keys.defer_loading.then(|| quote!(.defer_loading(true)));
    let callers = tool.keys.allowed_callers.as_ref().map(|callers| quote!(.allowed_callers(#callers)));
    let timeout = tool.keys.timeout.as_ref().map(|timeout| quote!(.timeout(#timeout)));
    let annotations = &tool.keys.annotations;
    let returns = tool.returned().map(|ty| quote!(.returns(__p::output_schema!(#ty))));
    let given = given(params);
    let locals = locals(&given);
    let exclusive = tool.keys.exclusive.as_ref().map(|exclusive| match exclusive {
        Exclusive::All => quote!(.exclusive()),
        Exclusive::Key(key) => exclusive_by(key, &given, &locals),
    });
    let states = params.iter().filter_map(|param| match param.role() {
        Role::State(ty) => Some(quote_spanned!(generated_at(ty.span())=> <#ty as __p::IsState>::TYPE)),
        _ => None,
    });

    let mut count = 0..;
    let arguments = callee.receiver.iter().cloned().chain(params.iter().map(|param| argument(param, &mut count)));
    let dot_await = tool.function.sig.asyncness.map(|_| quote!(.await));
    // Errors about the returned type point at the type; an error that the future is not `Send` points at the name.
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
    // Each call has its own `Arc` of the value.
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
        let readers = #readers;
        let definition = __p::definition(#name, #description, #origin, readers()) #strict #deferred #callers;
        __p::function(definition, const { &[#(#states),*] }, readers, #call) #exclusive #timeout #returns #(.#annotations())*
    }}
}

/// Writes the `Param` of an argument that the model provides. Its type has the user's span, so that errors about the
/// type point at it.
fn value(param: &Param, loan: &ParamPassing<'_>) -> TokenStream {
    let (name, description) = (param.name(), param.description());
    let owned = owned_type(param, loan, &quote!(__p));
    let default = param.keys.default.as_ref().map(|default| {
        // The user writes a default in the type that the function takes.
        let default = match loan {
            ParamPassing::Owned => default.to_token_stream(),
            ParamPassing::Lent(TypeReference { elem: lent, .. }) => quote!(<#lent as __p::ToOwned>::to_owned(#default)),
            ParamPassing::LentOption(TypeReference { elem: lent, .. }) => {
                quote!(__p::Option::map(#default, <#lent as __p::ToOwned>::to_owned))
            }
        };
        quote!(.or(|| #default, __p::show!()))
    });
    quote!(__p::param::<#owned>(#name, #description) #default)
}

/// Writes the type that is read for an argument. `private` is the path of the items for generated code.
pub(super) fn owned_type(param: &Param, loan: &ParamPassing<'_>, private: &TokenStream) -> TokenStream {
    let owned = |lent: &syn::Type| {
        let ty = with_static(lent.to_token_stream());
        // The path is located at the user's type too, because errors show the whole of it.
        let private = private.clone().into_iter().map(|mut token| {
            token.set_span(token.span().located_at(lent.span()));
            token
        });
        let private: TokenStream = private.collect();
        quote_spanned!(generated_at(lent.span())=> #private::Owned<#ty>)
    };
    match loan {
        ParamPassing::Owned => with_static(param.ty().to_token_stream()),
        ParamPassing::Lent(lent) => owned(&lent.elem),
        ParamPassing::LentOption(lent) => {
            let owned = owned(&lent.elem);
            quote!(#private::Option<#owned>)
        }
    }
}

/// Writes one argument in the call of the function; `count` numbers the arguments from the model.
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
                ParamPassing::LentOption(lent) => lend_option(lent, &local),
            }
        }
    }
}

fn lend_option(lent: &TypeReference, local: &syn::Ident) -> TokenStream {
    let lent = &lent.elem;
    quote!(__p::Option::map(__p::Option::as_ref(&#local), __p::Borrow::<#lent>::borrow))
}

/// Writes the call that sets the key of `exclusive = key`. In the user's expression, the arguments are references.
fn exclusive_by(key: &Expr, given: &[Given<'_>], locals: &TokenStream) -> TokenStream {
    let lent = given.iter().enumerate().map(|(n, (param, loan))| {
        let (name, local) = (&param.ident, local(n));
        let lent = match loan {
            ParamPassing::Owned => quote!(&#local),
            ParamPassing::Lent(lent) => {
                let lent = &lent.elem;
                quote!(__p::Borrow::<#lent>::borrow(&#local))
            }
            ParamPassing::LentOption(lent) => lend_option(lent, &local),
        };
        quote! {
            #[allow(unused_variables)]
            let #name = #lent;
        }
    });
    let text = quote_spanned!(generated_at(key.span())=> (&&&__p::ExclusiveKey(key)).text());
    quote! {
        .exclusive_by(|values| {
            #[allow(unused_imports)]
            use __p::{LentOptionKey as _, OptionKey as _, ValueKey as _};
            let #locals = values;
            #(#lent)*
            #[allow(unused_parens)]
            let key = &(#key);
            #text
        })
    }
}

fn local(n: usize) -> syn::Ident {
    format_ident!("arg{n}", span = Span::mixed_site())
}

/// Writes a nested list `(a, (b, ()))`, which can have any length.
fn nest(items: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    items.rev().fold(quote!(()), |rest, item| quote!((#item, #rest)))
}

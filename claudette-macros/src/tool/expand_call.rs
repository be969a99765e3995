//! The type of a call: a struct whose fields are the arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::Visibility;
use syn::ext::IdentExt;

use super::expand_tool::{Given, given, local_names, locals, owned_type, quote};
use super::model::{Param, Tool};

/// Writes the struct.
///
/// It has braces, because a unit struct would also be a value. Its name has the user's span, for editors.
pub(super) fn declare(vis: &Visibility, ident: &Ident, tool: &Tool, krate: &TokenStream) -> TokenStream {
    let private = quote!(#krate::__private);
    let params: Vec<&Param> = tool.params.iter().collect();
    let fields = given(&params).into_iter().map(|(param, loan)| {
        let (cfgs, name, ty) = (param.cfgs(), &param.ident, owned_type(param, &loan, &private));
        quote!(#(#cfgs)* pub #name: #ty)
    });
    with_fields(vis, ident, tool, &quote!(#(#fields),*))
}

/// Writes a struct without fields, for a function with mistakes.
pub(super) fn declare_empty(vis: &Visibility, ident: &Ident, tool: &Tool) -> TokenStream {
    with_fields(vis, ident, tool, &TokenStream::new())
}

fn with_fields(vis: &Visibility, ident: &Ident, tool: &Tool, fields: &TokenStream) -> TokenStream {
    let cfgs = tool.cfgs();
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(
            non_camel_case_types,
            dead_code,
            missing_docs,
            missing_copy_implementations,
            private_interfaces,
        )]
        #vis struct #ident { #fields }
    }
}

/// Writes the implementations for the struct. `readers` are the parameters by which the tool reads its arguments.
pub(super) fn implement(ident: &Ident, name: &str, given: &[Given<'_>], readers: &TokenStream) -> TokenStream {
    let form = Form::new(quote!(Self), ident, given);
    let read = form.read(&quote!(__p::read_tool::<Self, _>(#readers, call)), given);
    let types: Vec<_> = given.iter().map(|(param, loan)| owned_type(param, loan, &quote!(__p))).collect();
    let traits = traits(ident, &Bodies::of_struct(&form), &types);
    quote! {
        #[automatically_derived]
        impl __p::TypedCall for #ident {
            const NAMES: &'static [&'static str] = &[#name];

            #[inline]
            fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                #read
            }
        }

        #traits
    }
}

/// One form of a type of calls: the struct of a function, or a variant of an enum.
pub(super) struct Form {
    path: TokenStream,
    text: String,
    fields: Vec<Ident>,
}

impl Form {
    /// `path` is the struct or the variant, and `ident` its name.
    pub(super) fn new(path: TokenStream, ident: &Ident, given: &[Given<'_>]) -> Self {
        let fields = given.iter().filter_map(|(param, _)| param.ident.clone()).collect();
        Self { path, text: ident.unraw().to_string(), fields }
    }

    /// Writes the expression that makes a call from the result of reading its arguments.
    ///
    /// The compiler checks a `match` faster than `?`.
    pub(super) fn read(&self, arguments: &TokenStream, given: &[Given<'_>]) -> TokenStream {
        let Self { path, fields, .. } = self;
        let (locals, values) = (locals(given), local_names(given));
        quote! {
            match #arguments {
                __p::Ok(#locals) => __p::Ok(#path { #(#fields: #values),* }),
                __p::Err(error) => __p::Err(error),
            }
        }
    }

    /// Returns the locals with this name for the fields, and the pattern that binds them.
    fn pattern(&self, name: &str) -> (Vec<Ident>, TokenStream) {
        let Self { path, fields, .. } = self;
        let locals = (0..fields.len()).map(|n| format_ident!("{name}{n}", span = Span::mixed_site()));
        let locals: Vec<_> = locals.collect();
        let pattern = quote!(#path { #(#fields: #locals),* });
        (locals, pattern)
    }

    /// Writes the text for `Debug`. `values` are references to the fields.
    fn shown(&self, values: &[TokenStream]) -> TokenStream {
        let (text, names) = (&self.text, self.fields.iter().map(|field| field.unraw().to_string()));
        quote!(__p::show_call(f, #text, &[#((#names, (&&__p::Field(#values)).shown())),*]))
    }

    fn cloned(&self, values: &[TokenStream]) -> TokenStream {
        let Self { path, fields, .. } = self;
        quote!(#path { #(#fields: __p::Clone::clone(#values)),* })
    }
}

fn compared(values: &[TokenStream], others: &[TokenStream]) -> TokenStream {
    quote!(true #(&& __p::PartialEq::eq(#values, #others))*)
}

/// The bodies of the implementations of `Debug`, `Clone` and `PartialEq`.
pub(super) struct Bodies {
    shown: TokenStream,
    cloned: TokenStream,
    compared: TokenStream,
}

impl Bodies {
    /// The compiler checks the fields of a struct faster than patterns.
    fn of_struct(form: &Form) -> Self {
        let fields = |this: TokenStream| form.fields.iter().map(|field| quote!(&#this.#field)).collect::<Vec<_>>();
        let (values, others) = (fields(quote!(self)), fields(quote!(other)));
        Self { shown: form.shown(&values), cloned: form.cloned(&values), compared: compared(&values, &others) }
    }

    /// `forms` are the variants of an enum, each with its conditions.
    pub(super) fn of_variants(forms: &[(TokenStream, Form)]) -> Self {
        let tokens = |locals: Vec<Ident>| locals.iter().map(ToTokens::to_token_stream).collect::<Vec<_>>();
        let (mut shown, mut cloned, mut equal) = (Vec::new(), Vec::new(), Vec::new());
        for (cfgs, form) in forms {
            let ((values, pattern), (others, other)) = (form.pattern("value"), form.pattern("other"));
            let (values, others) = (tokens(values), tokens(others));
            let (show, clone, compare) = (form.shown(&values), form.cloned(&values), compared(&values, &others));
            shown.push(quote!(#cfgs #pattern => #show));
            cloned.push(quote!(#cfgs #pattern => #clone));
            equal.push(quote!(#cfgs (#pattern, #other) => #compare));
        }
        let differs = (forms.len() > 1).then(|| quote!(#[allow(unreachable_patterns)] _ => false));
        Self {
            shown: quote!(match self { #(#shown,)* }),
            cloned: quote!(match self { #(#cloned,)* }),
            compared: quote!(match (self, other) { #(#equal,)* #differs }),
        }
    }
}

/// Writes `Debug` for a type of calls, and `Clone` and `PartialEq`, which it has if the types of its fields have them.
///
/// `for<'a>` delays the check of a bound until the implementation is used. Without it, a bound that is not met is an
/// error in itself.
pub(super) fn traits(ident: &Ident, bodies: &Bodies, types: &[TokenStream]) -> TokenStream {
    let Bodies { shown, cloned, compared } = bodies;
    let mut bounds: Vec<(String, &TokenStream)> = types.iter().map(|ty| (ty.to_string(), ty)).collect();
    bounds.sort_by(|(a, _), (b, _)| a.cmp(b));
    bounds.dedup_by(|(a, _), (b, _)| a == b);
    let bounds: Vec<_> = bounds.into_iter().map(|(_, ty)| ty).collect();
    quote! {
        #[automatically_derived]
        impl __p::fmt::Debug for #ident {
            #[inline]
            fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
                #[allow(unused_imports)]
                use __p::{DebugField as _, HiddenField as _};
                #shown
            }
        }

        #[automatically_derived]
        impl __p::Clone for #ident where #(for<'a> #bounds: __p::Clone),* {
            #[inline]
            fn clone(&self) -> Self {
                #cloned
            }
        }

        #[automatically_derived]
        impl __p::PartialEq for #ident where #(for<'a> #bounds: __p::PartialEq),* {
            #[inline]
            #[allow(unused_variables)]
            fn eq(&self, other: &Self) -> bool {
                #compared
            }
        }
    }
}

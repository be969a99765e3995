//! The type of a call: a struct whose fields are the arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
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

/// Writes the implementations for the struct. `definition` is the definition of the tool, and `readers` are the
/// parameters by which it reads its arguments.
pub(super) fn implement(
    ident: &Ident,
    name: &str,
    given: &[Given<'_>],
    definition: &TokenStream,
    readers: &TokenStream,
) -> TokenStream {
    let locals = locals(given);
    let values = local_names(given);
    let fields: Vec<_> = given.iter().map(|(param, _)| &param.ident).collect();
    let texts = given.iter().map(|(param, _)| param.ident.as_ref().map(|name| name.unraw().to_string()));
    let text = ident.unraw().to_string();
    quote! {
        #[automatically_derived]
        impl __p::TypedCall for #ident {
            const NAMES: &'static [&'static str] = &[#name];

            fn read(call: &__p::ToolUse) -> __p::Result<Self, __p::Error> {
                let #locals = __p::read_call(#definition, #readers, call)?;
                __p::Ok(Self { #(#fields: #values),* })
            }
        }

        #[automatically_derived]
        impl __p::fmt::Debug for #ident {
            fn fmt(&self, f: &mut __p::fmt::Formatter<'_>) -> __p::fmt::Result {
                #[allow(unused_imports)]
                use __p::{DebugField as _, HiddenField as _};
                f.debug_struct(#text) #(.field(#texts, (&&__p::Field(&self.#fields)).shown()))* .finish()
            }
        }
    }
}

//! `#[derive(IntoPython)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident};

use crate::attributes::{FieldOptions, bound, into_python_bound, is_untagged, refuse_union, variant_name};

pub(crate) fn expand(input: DeriveInput) -> syn::Result<TokenStream> {
    let untagged = is_untagged(&input.attrs, matches!(input.data, Data::Enum(_)))?;
    let name = &input.ident;
    let arms = match &input.data {
        Data::Struct(data) => {
            let (pattern, value) = fields(&data.fields)?;
            vec![quote! { Self #pattern => #value }]
        }
        Data::Enum(data) => {
            let mut arms = Vec::new();
            for variant in &data.variants {
                let (ident, key) = (&variant.ident, variant_name(variant)?);
                let (pattern, value) = fields(&variant.fields)?;
                let value = match (&variant.fields, untagged) {
                    (_, true) => value,
                    (Fields::Unit, false) => quote! { ::pyrun::Value::Str(#key.into()) },
                    (_, false) => quote! {
                        ::pyrun::Value::Dict(::std::vec![(::pyrun::Value::Str(#key.into()), #value)])
                    },
                };
                arms.push(quote! { Self::#ident #pattern => #value });
            }
            arms
        }
        Data::Union(data) => return Err(refuse_union(data)),
    };
    let generics = bound(input.generics.clone(), &into_python_bound());
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::pyrun::IntoPython for #name #type_generics #where_clause {
            fn into_python(
                self,
                py: ::pyrun::Python<'_>,
            ) -> ::core::result::Result<::pyrun::Value, ::pyrun::Error> {
                let _ = py;
                #[allow(unreachable_code)]
                ::core::result::Result::Ok(match self { #(#arms,)* })
            }
        }
    })
}

/// The pattern that takes fields apart, and the value that is made of them.
fn fields(fields: &Fields) -> syn::Result<(TokenStream, TokenStream)> {
    Ok(match fields {
        Fields::Unit => (quote!(), quote!(::pyrun::Value::None)),
        Fields::Unnamed(unnamed) => {
            for field in &unnamed.unnamed {
                FieldOptions::of(field)?;
            }
            let names: Vec<Ident> = (0..unnamed.unnamed.len()).map(|index| format_ident!("field_{index}")).collect();
            let value = match names.as_slice() {
                [] => quote!(::pyrun::Value::None),
                [one] => quote!(::pyrun::IntoPython::into_python(#one, py)?),
                _ => quote! {
                    ::pyrun::Value::Tuple(::std::vec![#(::pyrun::IntoPython::into_python(#names, py)?),*])
                },
            };
            (quote!((#(#names),*)), value)
        }
        Fields::Named(named) => {
            let (mut names, mut entries) = (Vec::new(), Vec::new());
            for (index, field) in named.named.iter().enumerate() {
                let (ident, key, bound) = (&field.ident, FieldOptions::of(field)?.name, format_ident!("field_{index}"));
                names.push(quote! { #ident: #bound });
                entries.push(quote! {
                    (
                        ::pyrun::Value::Str(#key.into()),
                        ::pyrun::IntoPython::into_python(#bound, py)
                            .map_err(|error| ::pyrun::derive::inside(error, #key))?,
                    )
                });
            }
            (quote!({ #(#names),* }), quote!(::pyrun::Value::Dict(::std::vec![#(#entries),*])))
        }
    })
}

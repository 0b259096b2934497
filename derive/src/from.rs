//! `#[derive(FromPython)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DataEnum, DeriveInput, Fields, Ident};

use crate::attributes::{FieldOptions, bound, from_python_bound, is_untagged, refuse_union, variant_name};

pub(crate) fn expand(input: DeriveInput) -> syn::Result<TokenStream> {
    let untagged = is_untagged(&input.attrs, matches!(input.data, Data::Enum(_)))?;
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let why = "a type that is made of a Python object owns what it holds: use `String` or `Cow`, not a reference";
        return Err(syn::Error::new_spanned(lifetime, why));
    }
    let name = &input.ident;
    let body = match &input.data {
        Data::Struct(data) => fields(&data.fields, &quote!(Self), &quote!(object), &name.to_string())?,
        Data::Enum(data) if untagged => untagged_enum(data, name)?,
        Data::Enum(data) => tagged_enum(data, name)?,
        Data::Union(data) => return Err(refuse_union(data)),
    };
    let generics = bound(input.generics.clone(), &from_python_bound());
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::pyrun::FromPython for #name #type_generics #where_clause {
            fn from_value(
                value: ::pyrun::Value,
                py: ::pyrun::Python<'_>,
            ) -> ::core::result::Result<Self, ::pyrun::Error> {
                Self::from_object(&py.object(value)?)
            }

            fn from_object(object: &::pyrun::PyObject<'_>) -> ::core::result::Result<Self, ::pyrun::Error> {
                #body
            }

            const BY_OBJECT: bool = true;
        }
    })
}

/// What makes `path { … }` of an object, as a `Result`.
fn fields(fields: &Fields, path: &TokenStream, object: &TokenStream, what: &str) -> syn::Result<TokenStream> {
    for field in fields {
        FieldOptions::of(field)?;
    }
    Ok(match fields {
        Fields::Unit => quote! { <() as ::pyrun::FromPython>::from_object(#object).map(|()| #path) },
        Fields::Unnamed(unnamed) => match unnamed.unnamed.len() {
            0 => quote! { <() as ::pyrun::FromPython>::from_object(#object).map(|()| #path()) },
            1 => quote! { ::pyrun::FromPython::from_object(#object).map(#path) },
            count => {
                let names: Vec<Ident> = (0..count).map(|index| format_ident!("field_{index}")).collect();
                quote! { ::pyrun::FromPython::from_object(#object).map(|(#(#names,)*)| #path(#(#names),*)) }
            }
        },
        Fields::Named(named) => {
            let mut parts = Vec::new();
            for field in &named.named {
                let (ident, options) = (&field.ident, FieldOptions::of(field)?);
                let key = options.name;
                parts.push(match options.default {
                    true => quote! { #ident: fields.get_or_default(#key)? },
                    false => quote! { #ident: fields.get(#key)? },
                });
            }
            quote! {{
                let fields = ::pyrun::derive::Fields::of(#object, #what)?;
                ::core::result::Result::Ok(#path { #(#parts),* })
            }}
        }
    })
}

fn tagged_enum(data: &DataEnum, name: &Ident) -> syn::Result<TokenStream> {
    let (mut arms, mut known) = (Vec::new(), Vec::new());
    for variant in &data.variants {
        let (ident, key) = (&variant.ident, variant_name(variant)?);
        known.push(key.clone());
        arms.push(match &variant.fields {
            Fields::Unit => quote! {
                (#key, ::core::option::Option::None) => ::core::result::Result::Ok(Self::#ident)
            },
            filled => {
                let body = fields(filled, &quote!(Self::#ident), &quote!(&content), &format!("{name}::{ident}"))?;
                quote! {
                    (#key, ::core::option::Option::Some(content)) => {
                        let made = (|| -> ::core::result::Result<Self, ::pyrun::Error> { #body })();
                        made.map_err(|error| ::pyrun::derive::inside(error, #key))
                    }
                }
            }
        });
    }
    let name = name.to_string();
    Ok(quote! {
        let (variant, content) = ::pyrun::derive::variant(object, #name)?;
        match (variant.as_str(), content) {
            #(#arms,)*
            (_, content) => ::core::result::Result::Err(
                ::pyrun::derive::unknown_variant(#name, &variant, content.is_some(), &[#(#known),*]),
            ),
        }
    })
}

fn untagged_enum(data: &DataEnum, name: &Ident) -> syn::Result<TokenStream> {
    let mut attempts = Vec::new();
    for variant in &data.variants {
        let (ident, label) = (&variant.ident, variant_name(variant)?);
        let body = fields(&variant.fields, &quote!(Self::#ident), &quote!(object), &format!("{name}::{ident}"))?;
        attempts.push(quote! {
            match (|| -> ::core::result::Result<Self, ::pyrun::Error> { #body })() {
                ::core::result::Result::Err(error) => ::pyrun::derive::note(&mut attempts, #label, error)?,
                made => return made,
            }
        });
    }
    let name = name.to_string();
    Ok(quote! {
        let mut attempts = ::std::vec::Vec::new();
        #(#attempts)*
        ::core::result::Result::Err(::pyrun::derive::no_variant(#name, &attempts))
    })
}

//! `#[pyrun(…)]`, and what both macros have in common.

use syn::spanned::Spanned as _;
use syn::{Attribute, Field, Generics, Ident, LitStr, Variant, parse_quote};

/// What `#[pyrun(…)]` says of a field.
pub(crate) struct FieldOptions {
    /// Its name in Python.
    pub(crate) name: String,
    pub(crate) default: bool,
}

fn name_of(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

impl FieldOptions {
    pub(crate) fn of(field: &Field) -> syn::Result<Self> {
        let name = field.ident.as_ref().map(name_of).unwrap_or_default();
        let mut options = Self { name, default: false };
        parse(&field.attrs, |meta| {
            if meta.path.is_ident("rename") && field.ident.is_some() {
                options.name = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("default") && field.ident.is_some() {
                options.default = true;
            } else {
                return Err(meta.error("a named field takes `rename = \"…\"` and `default`, others nothing"));
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// The name of a variant in Python.
pub(crate) fn variant_name(variant: &Variant) -> syn::Result<String> {
    let mut name = name_of(&variant.ident);
    parse(&variant.attrs, |meta| {
        if !meta.path.is_ident("rename") {
            return Err(meta.error("a variant takes `rename = \"…\"`"));
        }
        name = meta.value()?.parse::<LitStr>()?.value();
        Ok(())
    })?;
    Ok(name)
}

/// Whether an enum is `untagged`; a struct takes no options.
pub(crate) fn is_untagged(attributes: &[Attribute], is_enum: bool) -> syn::Result<bool> {
    let mut untagged = false;
    parse(attributes, |meta| {
        if !(is_enum && meta.path.is_ident("untagged")) {
            return Err(meta.error("an enum takes `untagged`, a struct nothing; `rename` is for fields and variants"));
        }
        untagged = true;
        Ok(())
    })?;
    Ok(untagged)
}

fn parse(
    attributes: &[Attribute],
    mut option: impl FnMut(syn::meta::ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let own = attributes.iter().filter(|attribute| attribute.path().is_ident("pyrun"));
    own.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(&mut option))
}

/// The generics with a bound on each type parameter.
pub(crate) fn bound(mut generics: Generics, bound: &syn::TypeParamBound) -> Generics {
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(bound.clone());
    }
    generics
}

pub(crate) fn from_python_bound() -> syn::TypeParamBound {
    parse_quote!(::pyrun::FromPython)
}

pub(crate) fn into_python_bound() -> syn::TypeParamBound {
    parse_quote!(::pyrun::IntoPython)
}

pub(crate) fn refuse_union(data: &syn::DataUnion) -> syn::Error {
    syn::Error::new(data.union_token.span(), "a union has no Python form; derive for a struct or an enum")
}

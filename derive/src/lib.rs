//! Derive macros of `pyrun`: `FromPython` and `IntoPython` for structs and enums. Use them as `pyrun::FromPython` and
//! `pyrun::IntoPython`, which re-export them beside the traits of the same names.
#![forbid(unsafe_code)]

mod attributes;
mod from;
mod into;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes the type of a Python object.
///
/// | type | from |
/// |---|---|
/// | struct with named fields | a `dict` with these keys, or an object with these attributes |
/// | struct of one unnamed field | what the field takes |
/// | struct of several unnamed fields | a sequence of that length |
/// | unit struct | `None` |
/// | enum | as `serde` has it: a `str` for a variant without fields, `{"Variant": …}` for one with fields; a member of a Python `Enum` by its name |
/// | enum with `#[pyrun(untagged)]` | the first variant that takes the object |
///
/// On a field or variant, `#[pyrun(rename = "name")]` is its name in Python. On a field, `#[pyrun(default)]` takes the type's
/// default when Python's side has none.
#[proc_macro_derive(FromPython, attributes(pyrun))]
pub fn from_python(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    from::expand(input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a Python object of the type: the reverse of `FromPython`, a struct becoming a `dict`.
#[proc_macro_derive(IntoPython, attributes(pyrun))]
pub fn into_python(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    into::expand(input).unwrap_or_else(syn::Error::into_compile_error).into()
}

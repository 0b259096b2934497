//! Public types of `pyrun` can get more variants and fields without breaking who uses them: enums, and structs whose fields are
//! all public, are `#[non_exhaustive]`. One that will not grow is listed, with the reason.

use syn::{Attribute, Fields, Item};

use super::problem::Problem;
use super::settings::Settings;
use super::sources::Sources;
use crate::api::macros::expanded;
use crate::api::names::{Names, is_public, name_of};
use crate::api::{CRATE, Exported};

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let sources = expanded(sources);
    let names = Names::read(&sources);
    let exported = Exported::of(&names, CRATE);
    let mut problems = Vec::new();
    for ((place, name), path) in &exported.items {
        let Some(module) = names.modules.get(place) else { continue };
        let found = module.items.iter().find(|item| name_of(item).is_some_and(|known| known == *name));
        let is_closed = match found {
            Some(Item::Enum(item)) => is_exhaustive(&item.attrs),
            Some(Item::Struct(item)) => is_exhaustive(&item.attrs) && is_open(&item.fields),
            _ => false,
        };
        if is_closed {
            let what = format!(
                "`{path}` cannot grow: make it `#[non_exhaustive]`, or list it with the reason why it will not"
            );
            problems.push(Problem::new(module.file, path.clone(), what));
        }
    }
    problems
}

fn is_exhaustive(attributes: &[Attribute]) -> bool {
    !attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

/// Whether others can make a struct and take it apart: it has fields, all of them public.
fn is_open(fields: &Fields) -> bool {
    !fields.is_empty() && fields.iter().all(|field| is_public(&field.vis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Package;

    #[test]
    fn types_that_cannot_grow_are_found() {
        let code = "mod a { pub enum Hidden { A } }\npub enum Bad { A }\n#[non_exhaustive]\npub enum Good { A }\n\
            pub struct Open { pub a: u8 }\npub struct Tuple(pub u8, pub u8);\npub struct Half { pub a: u8, b: u8 }\n\
            pub struct Private { a: u8 }\npub struct Unit;\n#[non_exhaustive]\npub struct Grows { pub a: u8 }\n";
        let files = [("pyrun/src/lib.rs", code)];
        let sources = Sources::of(&files, vec![Package::of("pyrun", vec![])]);
        let found: Vec<String> = check(&sources, &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["pyrun::Bad", "pyrun::Open", "pyrun::Tuple"]);
    }
}

//! Items that macros of our own make: `macro_rules!` expanded as the compiler does, as far as the crates use it, so that the
//! listing has what stands behind `tuples! { … }` and `grant_setters!()`.
//!
//! Macros are known by name, those of the same file first, then those of the same crate. Left out: hygiene (names are taken as
//! they stand), literal tokens of other macros' fragments, and macros of other crates, which stay as they are.

mod pattern;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use syn::{ImplItem, Item, ItemImpl, Macro, TraitItem};

use crate::tidy::sources::{File, Sources};
use pattern::Rules;

/// Limit: macros within macros.
const DEPTH: u32 = 64;

/// The sources, with the items of macros in place of these.
pub(crate) fn expanded(sources: &Sources) -> Sources {
    let mut expander = Expander::default();
    for (file, parsed) in sources.rust() {
        expander.define(&package_of(sources, file), &file.path, &parsed.items);
    }
    let mut expanded = Sources::default();
    expanded.packages.clone_from(&sources.packages);
    for (file, parsed) in sources.rust() {
        let at = At { package: package_of(sources, file), file: file.path.clone() };
        let mut parsed = parsed.clone();
        parsed.items = expander.items(&at, parsed.items, 0);
        expanded.files.push(File { path: file.path.clone(), text: String::new(), rust: Some(parsed) });
    }
    expanded
}

fn package_of(sources: &Sources, file: &File) -> String {
    sources.package_of(&file.path).map_or_else(String::new, |package| package.folder.clone())
}

/// Where a macro is called.
struct At {
    package: String,
    file: String,
}

/// The macros of all crates.
#[derive(Default)]
struct Expander {
    /// By name: the crate and file of each, and its rules.
    macros: BTreeMap<String, Vec<(At, Rules)>>,
}

impl Expander {
    fn define(&mut self, package: &str, file: &str, items: &[Item]) {
        for item in items {
            match item {
                Item::Macro(item) if item.mac.path.is_ident("macro_rules") => {
                    let (Some(name), Some(rules)) = (&item.ident, Rules::parse(item.mac.tokens.clone())) else {
                        continue;
                    };
                    let at = At { package: package.to_owned(), file: file.to_owned() };
                    self.macros.entry(name.to_string()).or_default().push((at, rules));
                }
                Item::Mod(item) => {
                    let content = item.content.as_ref().map_or(&[][..], |(_, content)| content);
                    self.define(package, file, content);
                }
                _ => {}
            }
        }
    }

    /// What a call of one of our macros stands for.
    fn expand(&self, at: &At, call: &Macro) -> Option<TokenStream> {
        let known = self.macros.get(&call.path.segments.last()?.ident.to_string())?;
        let same_file = known.iter().find(|(place, _)| place.file == at.file);
        let found = same_file.or_else(|| known.iter().find(|(place, _)| place.package == at.package))?;
        found.1.expand(call.tokens.clone())
    }

    fn items(&self, at: &At, items: Vec<Item>, depth: u32) -> Vec<Item> {
        let mut all = Vec::new();
        for item in items {
            match item {
                Item::Macro(call) if call.ident.is_none() && depth < DEPTH => {
                    let made = self.expand(at, &call.mac).and_then(|made| syn::parse2::<syn::File>(made).ok());
                    match made {
                        Some(made) => all.extend(self.items(at, made.items, depth + 1)),
                        None => all.push(Item::Macro(call)),
                    }
                }
                Item::Mod(mut module) => {
                    module.content = module.content.map(|(brace, inner)| (brace, self.items(at, inner, depth)));
                    all.push(Item::Mod(module));
                }
                Item::Impl(mut item) => {
                    item.items = self.members(at, item.items, depth);
                    all.push(Item::Impl(item));
                }
                Item::Trait(mut item) => {
                    item.items = self.trait_members(at, item.items, depth);
                    all.push(Item::Trait(item));
                }
                other => all.push(other),
            }
        }
        all
    }

    fn members(&self, at: &At, items: Vec<ImplItem>, depth: u32) -> Vec<ImplItem> {
        let expand = |item: ImplItem| match item {
            ImplItem::Macro(call) if depth < DEPTH => {
                let made = self.expand(at, &call.mac).map(|made| quote::quote! { impl X { #made } });
                match made.and_then(|made| syn::parse2::<ItemImpl>(made).ok()) {
                    Some(made) => self.members(at, made.items, depth + 1),
                    None => vec![ImplItem::Macro(call)],
                }
            }
            other => vec![other],
        };
        items.into_iter().flat_map(expand).collect()
    }

    fn trait_members(&self, at: &At, items: Vec<TraitItem>, depth: u32) -> Vec<TraitItem> {
        let expand = |item: TraitItem| match item {
            TraitItem::Macro(call) if depth < DEPTH => {
                let made = self.expand(at, &call.mac).map(|made| quote::quote! { trait X { #made } });
                match made.and_then(|made| syn::parse2::<syn::ItemTrait>(made).ok()) {
                    Some(made) => self.trait_members(at, made.items, depth + 1),
                    None => vec![TraitItem::Macro(call)],
                }
            }
            other => vec![other],
        };
        items.into_iter().flat_map(expand).collect()
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;
    use crate::tidy::sources::Package;

    /// The items of a file after its macros.
    fn items(text: &str) -> Vec<String> {
        let sources = Sources::of(&[("a/src/lib.rs", text)], vec![Package::of("a", vec![])]);
        let expanded = expanded(&sources);
        let (_, parsed) = expanded.rust().next().unwrap();
        let items = parsed.items.iter().filter(|item| !matches!(item, Item::Macro(m) if m.ident.is_some()));
        items.map(|item| item.to_token_stream().to_string().replace(' ', "")).collect()
    }

    #[test]
    fn repetitions_fragments_and_rules() {
        let text = "macro_rules! all { ($($ty:ty => $name:ident),* $(,)?) => { $(impl T for $ty { fn $name() {} })* }; }\n\
            all! { Vec<u8> => a, &'static str => b, }\n";
        assert_eq!(items(text), ["implTforVec<u8>{fna(){}}", "implTfor&'staticstr{fnb(){}}"]);
        let text = "macro_rules! one { (a) => { struct A; }; (b $x:literal) => { const B: u8 = $x; }; }\none!(b 3);\none!(a);\none!(c);\n";
        assert_eq!(items(text), ["constB:u8=3;", "structA;", "one!(c);"]);
    }

    #[test]
    fn repetitions_in_repetitions_and_macros_in_macros() {
        let text = "macro_rules! tuples { ($($($name:ident $index:tt)+;)*) => { $( tuple! { $($name)+ } )* }; }\n\
            macro_rules! tuple { ($($name:ident)+) => { impl<$($name: T),+> T for ($($name,)+) {} }; }\n\
            tuples! { A 0; A 0 B 1; }\n";
        assert_eq!(items(text), ["impl<A:T>Tfor(A,){}", "impl<A:T,B:T>Tfor(A,B,){}"]);
    }

    #[test]
    fn members_come_from_macros() {
        let text = "macro_rules! set { ($($(#[$doc:meta])* $name:ident: $ty:ty = $value:expr;)*) => \
            { $($(#[$doc])* pub fn $name(&self, to: $ty) { $value })* }; }\n\
            struct S;\nimpl S { set! { /// A.\n a: u8 = 1 + 2; b: (u8, u8) = (1, 2); } fn own() {} }\n";
        let found = items(text);
        assert!(found[1].contains("pubfna(&self,to:u8){1+2}"), "{found:?}");
        assert!(found[1].contains("pubfnb(&self,to:(u8,u8)){(1,2)}fnown(){}"), "{found:?}");
    }
}

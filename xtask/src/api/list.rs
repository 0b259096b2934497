//! The lines of the listing: what a crate exports, and the signatures of that.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Type};

use super::names::{Found, Module, Names, Place, feature_gate, is_for_tests, is_public, name_of, used};
use super::print::{one_line, signature};

/// A line of the listing.
pub(crate) struct Line {
    /// What it belongs to, by the path that a user writes.
    pub path: String,
    pub text: String,
    /// The module that its paths stand in, and that module's file.
    pub place: Place,
    pub file: String,
    /// The paths in it.
    pub mentions: Vec<Vec<String>>,
    /// The condition under which it is there, if that is a feature.
    pub gate: Option<String>,
}

/// Everything that a crate exports: where it is defined, and the path that a user writes.
pub(crate) struct Exported {
    pub items: BTreeMap<(Place, String), String>,
    pub modules: BTreeMap<Place, String>,
}

impl Exported {
    /// Follows the `pub` items of a crate from its root.
    pub(crate) fn of(names: &Names<'_>, krate: &str) -> Self {
        let mut exported = Self { items: BTreeMap::new(), modules: BTreeMap::new() };
        exported.walk(names, &(krate.to_owned(), Vec::new()), krate);
        exported
    }

    fn walk(&mut self, names: &Names<'_>, place: &Place, path: &str) {
        let Some(module) = names.modules.get(place) else { return };
        if self.modules.insert(place.clone(), path.to_owned()).is_some() {
            return;
        }
        for item in &module.items {
            match item {
                Item::Use(item) if is_public(&item.vis) && !is_for_tests(&item.attrs) => {
                    for used in used(&item.tree) {
                        let path = format!("{path}::{}", used.name);
                        match names.resolve(place, &used.path) {
                            Some(Found::Module(inner)) => self.walk(names, &inner, &path),
                            Some(Found::Item(place, name)) => self.add(place, name, path),
                            _ => {}
                        }
                    }
                }
                Item::Mod(item) if is_public(&item.vis) && !is_for_tests(&item.attrs) => {
                    let name = item.ident.unraw().to_string();
                    let inner = (place.0.clone(), [place.1.clone(), vec![name.clone()]].concat());
                    self.walk(names, &inner, &format!("{path}::{name}"));
                }
                item if is_public_item(item) => {
                    if let Some(name) = name_of(item) {
                        let path = format!("{path}::{name}");
                        self.add(place.clone(), name, path);
                    }
                }
                _ => {}
            }
        }
    }

    /// The shortest path of several is the one that the listing has.
    fn add(&mut self, place: Place, name: String, path: String) {
        let known = self.items.entry((place, name)).or_insert_with(|| path.clone());
        if path.matches("::").count() < known.matches("::").count() {
            *known = path;
        }
    }

    fn path(&self, found: &Option<Found>) -> Option<&String> {
        match found {
            Some(Found::Item(place, name)) => self.items.get(&(place.clone(), name.clone())),
            _ => None,
        }
    }
}

fn is_public_item(item: &Item) -> bool {
    let (visibility, attributes) = match item {
        Item::Const(item) => (&item.vis, &item.attrs),
        Item::Enum(item) => (&item.vis, &item.attrs),
        Item::Fn(item) => (&item.vis, &item.attrs),
        Item::Static(item) => (&item.vis, &item.attrs),
        Item::Struct(item) => (&item.vis, &item.attrs),
        Item::Trait(item) => (&item.vis, &item.attrs),
        Item::Type(item) => (&item.vis, &item.attrs),
        _ => return false,
    };
    is_public(visibility) && !is_for_tests(attributes)
}

/// The lines of what is exported, in their order.
pub(crate) fn lines(names: &Names<'_>, exported: &Exported) -> Vec<Line> {
    let mut lister = Lister { names, exported, lines: Vec::new() };
    for ((place, name), path) in &exported.items {
        let Some(module) = names.modules.get(place) else { continue };
        let item = module.items.iter().find(|item| name_of(item).is_some_and(|known| known == *name));
        match item {
            Some(item) => lister.item(place, module, path, item),
            None => lister.push(place, module, path, &[], format!("pub derive {path}"), &[]),
        }
    }
    for (place, module) in &names.modules {
        for item in &module.items {
            if let Item::Impl(item) = item
                && !is_for_tests(&item.attrs)
            {
                lister.implementation(place, module, item);
            }
        }
    }
    lister.lines.sort_by(|a, b| (&a.path, &a.text).cmp(&(&b.path, &b.text)));
    lister.lines.dedup_by(|a, b| a.text == b.text);
    lister.lines
}

struct Lister<'n, 'a> {
    names: &'n Names<'a>,
    exported: &'n Exported,
    lines: Vec<Line>,
}

impl Lister<'_, '_> {
    fn push(
        &mut self,
        place: &Place,
        module: &Module<'_>,
        path: &str,
        attributes: &[&[Attribute]],
        text: String,
        mentions: &[&dyn Mentions],
    ) {
        let gate = attributes.iter().find_map(|list| feature_gate(list)).or_else(|| module.gate.clone());
        let mut paths = Paths::default();
        mentions.iter().for_each(|mention| mention.tell(&mut paths));
        let text = match &gate {
            Some(gate) => format!("{text} [{gate}]"),
            None => text,
        };
        let (place, file) = (place.clone(), module.file.to_owned());
        self.lines.push(Line { path: path.to_owned(), text, place, file, mentions: paths.found, gate });
    }

    fn item(&mut self, place: &Place, module: &Module<'_>, path: &str, item: &Item) {
        match item {
            Item::Struct(item) => {
                let head = format!("pub struct {path}{}", one_line(&item.generics));
                self.push(place, module, path, &[&item.attrs], marked(&item.attrs, head), &[&item.generics]);
                self.fields(place, module, path, &item.attrs, &item.fields, true);
                self.derived(place, module, path, &item.attrs);
            }
            Item::Enum(item) => {
                let head = format!("pub enum {path}{}", one_line(&item.generics));
                self.push(place, module, path, &[&item.attrs], marked(&item.attrs, head), &[&item.generics]);
                for variant in &item.variants {
                    let path = format!("{path}::{}", variant.ident);
                    self.push(place, module, &path, &[&variant.attrs, &item.attrs], format!("variant {path}"), &[]);
                    self.fields(place, module, &path, &variant.attrs, &variant.fields, false);
                }
                self.derived(place, module, path, &item.attrs);
            }
            Item::Trait(item) => {
                let colon = item.supertraits.to_token_stream();
                let colon = if colon.is_empty() { String::new() } else { format!(": {}", one_line(&colon)) };
                let head = format!("pub trait {path}{}{colon}", one_line(&item.generics));
                self.push(place, module, path, &[&item.attrs], head, &[&item.generics]);
                item.items.iter().for_each(|item| self.trait_item(place, module, path, item));
            }
            Item::Fn(item) => {
                let text = format!("pub {}", signature(&item.sig, path));
                self.push(place, module, path, &[&item.attrs], text, &[&item.sig]);
            }
            Item::Const(item) => {
                let text = format!("pub const {path}: {}", one_line(&item.ty));
                self.push(place, module, path, &[&item.attrs], text, &[&*item.ty]);
            }
            Item::Type(item) => {
                let text = format!("pub type {path}{} = {}", one_line(&item.generics), one_line(&item.ty));
                self.push(place, module, path, &[&item.attrs], text, &[&*item.ty]);
            }
            _ => {}
        }
    }

    fn fields(
        &mut self,
        place: &Place,
        module: &Module<'_>,
        path: &str,
        outer: &[Attribute],
        fields: &Fields,
        by_pub: bool,
    ) {
        for (index, field) in fields.iter().enumerate().filter(|(_, field)| !by_pub || is_public(&field.vis)) {
            let name = field.ident.as_ref().map_or_else(|| index.to_string(), |name| name.unraw().to_string());
            let text = format!("field {path}::{name}: {}", one_line(&field.ty));
            self.push(place, module, &format!("{path}::{name}"), &[&field.attrs, outer], text, &[&field.ty]);
            if field.attrs.iter().any(|attribute| attribute.path().is_ident("from")) {
                let whole = path.rsplit_once("::").map_or(path, |(whole, _)| whole);
                let text = format!("impl From<{}> for {whole}", one_line(&field.ty));
                self.push(place, module, whole, &[outer], text, &[&field.ty]);
            }
        }
    }

    fn derived(&mut self, place: &Place, module: &Module<'_>, path: &str, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let _ = attribute.parse_nested_meta(|derive| {
                let text = format!("impl {} for {path}", one_line(&derive.path));
                self.push(place, module, path, &[attributes], text, &[]);
                Ok(())
            });
        }
    }

    fn trait_item(&mut self, place: &Place, module: &Module<'_>, path: &str, item: &TraitItem) {
        match item {
            TraitItem::Fn(item) if !is_for_tests(&item.attrs) => {
                let path = format!("{path}::{}", item.sig.ident);
                let default = if item.default.is_some() { " { … }" } else { "" };
                let text = format!("{}{default}", signature(&item.sig, &path));
                self.push(place, module, &path, &[&item.attrs], text, &[&item.sig]);
            }
            TraitItem::Const(item) if !is_for_tests(&item.attrs) => {
                let path = format!("{path}::{}", item.ident);
                let text = format!("const {path}: {}", one_line(&item.ty));
                self.push(place, module, &path, &[&item.attrs], text, &[&item.ty]);
            }
            TraitItem::Type(item) if !is_for_tests(&item.attrs) => {
                let path = format!("{path}::{}", item.ident);
                self.push(place, module, &path, &[&item.attrs], format!("type {path}"), &[]);
            }
            _ => {}
        }
    }

    fn implementation(&mut self, place: &Place, module: &Module<'_>, item: &ItemImpl) {
        let own = self.names.resolve(place, &path_of(&item.self_ty).unwrap_or_default());
        let hidden = matches!(own, Some(Found::Item(..))) && self.exported.path(&own).is_none();
        let own = self.exported.path(&own).filter(|_| path_of(&item.self_ty).is_some());
        let Some((_, of, _)) = &item.trait_ else {
            if let Some(path) = own {
                let path = path.clone();
                let (names, generics) = (path.clone(), arguments(&item.self_ty));
                item.items.iter().for_each(|inner| self.method(place, module, (&names, &generics), item, inner));
            }
            return;
        };
        let found = self.names.resolve(place, &segments(of));
        let of_exported = self.exported.path(&found);
        let is_private = match &found {
            Some(Found::Item(home, name)) => of_exported.is_none() && !self.may_be_named(home, name),
            _ => false,
        };
        let Some(path) = own.or(of_exported).cloned().filter(|_| !is_private && !hidden) else { return };
        let generics = one_line(&item.generics);
        let target = match own {
            Some(own) => one_line(&item.self_ty).replacen(&last_name(&item.self_ty), own, 1),
            None => one_line(&item.self_ty),
        };
        let bounds = item.generics.where_clause.as_ref().map_or_else(String::new, |w| format!(" {}", one_line(w)));
        let text = format!("impl{generics} {} for {target}{bounds}", one_line(of));
        self.push(place, module, &path, &[&item.attrs], text, &[of, &item.generics]);
    }

    /// Whether a trait is public where it is defined, in a crate below.
    fn may_be_named(&self, home: &Place, name: &str) -> bool {
        let module = self.names.modules.get(home);
        let found = module.and_then(|module| module.items.iter().find(|item| name_of(item).is_some_and(|n| n == name)));
        found.is_some_and(|item| is_public_item(item))
            && !self.exported.modules.keys().any(|(krate, _)| *krate == home.0)
    }

    fn method(&mut self, place: &Place, module: &Module<'_>, owner: (&str, &str), outer: &ItemImpl, item: &ImplItem) {
        let (path, generics) = owner;
        match item {
            ImplItem::Fn(item) if is_public(&item.vis) && !is_for_tests(&item.attrs) => {
                let text = format!("pub {}", signature(&item.sig, &format!("{path}{generics}::{}", item.sig.ident)));
                let key = format!("{path}::{}", item.sig.ident);
                self.push(place, module, &key, &[&item.attrs, &outer.attrs], text, &[&item.sig, &outer.generics]);
            }
            ImplItem::Const(item) if is_public(&item.vis) && !is_for_tests(&item.attrs) => {
                let text = format!("pub const {path}::{}: {}", item.ident, one_line(&item.ty));
                self.push(place, module, path, &[&item.attrs, &outer.attrs], text, &[&item.ty]);
            }
            _ => {}
        }
    }
}

/// A type that others may add to says so in the listing.
fn marked(attributes: &[Attribute], text: String) -> String {
    match attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")) {
        true => format!("#[non_exhaustive] {text}"),
        false => text,
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect()
}

/// The path of a type, or of what a reference is to.
fn path_of(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Path(ty) => Some(segments(&ty.path)),
        Type::Reference(ty) => path_of(&ty.elem),
        _ => None,
    }
}

fn last_name(ty: &Type) -> String {
    path_of(ty).map(|path| path.join("::")).unwrap_or_default()
}

/// The generic arguments of a type, as they stand.
fn arguments(ty: &Type) -> String {
    let Type::Path(ty) = ty else { return String::new() };
    ty.path.segments.last().map(|segment| one_line(&segment.arguments)).unwrap_or_default()
}

/// The paths in a type.
pub(crate) fn mentioned(ty: &Type) -> Vec<Vec<String>> {
    let mut paths = Paths::default();
    ty.tell(&mut paths);
    paths.found
}

/// Something with paths in it.
trait Mentions {
    fn tell(&self, paths: &mut Paths);
}

macro_rules! mentions {
    ($($ty:ty: $visit:ident),*) => {$(
        impl Mentions for $ty {
            fn tell(&self, paths: &mut Paths) {
                paths.$visit(self);
            }
        }
    )*};
}
mentions! { syn::Generics: visit_generics, syn::Signature: visit_signature, Type: visit_type, syn::Path: visit_path }

#[derive(Default)]
struct Paths {
    found: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.found.push(segments(path));
        visit::visit_path(self, path);
    }
}

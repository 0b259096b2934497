//! What a path in a Rust source names: the modules of the workspace's crates, and a way through their `use` items.

use std::collections::BTreeMap;

use syn::ext::IdentExt as _;
use syn::{Attribute, Item, UseTree, Visibility};

use crate::tidy::sources::Sources;

/// A module: its crate, as sources name it, and the path inside.
pub(crate) type Place = (String, Vec<String>);

/// What the compiler sees of a module.
pub(crate) struct Module<'a> {
    pub items: Vec<&'a Item>,
    /// The condition under which it is there, if one of its own features is in it.
    pub gate: Option<String>,
    /// Its file.
    pub file: &'a str,
}

/// All modules of the published crates, tests apart.
pub(crate) struct Names<'a> {
    pub modules: BTreeMap<Place, Module<'a>>,
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Module(Place),
    /// An item of the workspace's.
    Item(Place, String),
    /// Something in another crate.
    Outside(String),
}

/// A name that a `use` brings in.
pub(crate) struct Used {
    pub name: String,
    pub path: Vec<String>,
    pub is_glob: bool,
}

impl<'a> Names<'a> {
    /// Reads the published crates.
    pub(crate) fn read(sources: &'a Sources) -> Self {
        let mut names = Self { modules: BTreeMap::new() };
        for package in sources.published() {
            let place = (package.name.replace('-', "_"), Vec::new());
            names.load(sources, place, &format!("{}/src", package.folder), "lib", None);
        }
        names
    }

    fn load(&mut self, sources: &'a Sources, place: Place, folder: &str, name: &str, gate: Option<String>) {
        let paths = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
        let found = sources.rust().find(|(file, _)| paths.contains(&file.path));
        let Some((file, parsed)) = found else { return };
        let folder = if name == "lib" { folder.to_owned() } else { format!("{folder}/{name}") };
        self.take(sources, place, &folder, &file.path, parsed.items.iter().collect(), gate);
    }

    fn take(
        &mut self,
        sources: &'a Sources,
        place: Place,
        folder: &str,
        file: &'a str,
        items: Vec<&'a Item>,
        gate: Option<String>,
    ) {
        for item in &items {
            let Item::Mod(module) = item else { continue };
            if is_for_tests(&module.attrs) {
                continue;
            }
            let name = module.ident.unraw().to_string();
            let inner = (place.0.clone(), [place.1.clone(), vec![name.clone()]].concat());
            let gate = feature_gate(&module.attrs).or_else(|| gate.clone());
            match &module.content {
                Some((_, content)) => {
                    let folder = format!("{folder}/{name}");
                    self.take(sources, inner, &folder, file, content.iter().collect(), gate);
                }
                None => self.load(sources, inner, folder, &name, gate),
            }
        }
        self.modules.insert(place, Module { items, gate, file });
    }

    /// What a path names that stands in a module; none for a primitive, the prelude's, and type parameters.
    pub(crate) fn resolve(&self, from: &Place, path: &[String]) -> Option<Found> {
        self.step(from, path, 0)
    }

    fn step(&self, from: &Place, path: &[String], depth: usize) -> Option<Found> {
        // Names that are imported in a circle lead nowhere.
        if depth > 32 {
            return None;
        }
        let (first, rest) = match path.split_first() {
            Some(split) => split,
            None => return Some(Found::Module(from.clone())),
        };
        match first.as_str() {
            "crate" => return self.step(&(from.0.clone(), Vec::new()), rest, depth + 1),
            "self" => return self.step(from, rest, depth + 1),
            "super" => {
                let outer = from.1.split_last().map_or_else(Vec::new, |(_, outer)| outer.to_vec());
                return self.step(&(from.0.clone(), outer), rest, depth + 1);
            }
            _ => {}
        }
        if let Some(found) = self.within(from, first, rest, depth) {
            return Some(found);
        }
        let root = (first.clone(), Vec::new());
        if self.modules.contains_key(&root) {
            // What its macros make is known by name alone.
            let item = rest.last().map(|name| Found::Item(root.clone(), name.clone()));
            return self.step(&root, rest, depth + 1).or(item);
        }
        (!rest.is_empty()).then(|| Found::Outside(first.clone()))
    }

    /// A name that a module has itself, or imports.
    fn within(&self, from: &Place, first: &String, rest: &[String], depth: usize) -> Option<Found> {
        let module = self.modules.get(from)?;
        let inner = (from.0.clone(), [from.1.clone(), vec![first.clone()]].concat());
        if self.modules.contains_key(&inner) {
            return self.step(&inner, rest, depth + 1);
        }
        if module.items.iter().any(|item| name_of(item).is_some_and(|name| name == *first)) {
            return Some(Found::Item(from.clone(), first.clone()));
        }
        let uses = module.items.iter().filter_map(|item| match item {
            Item::Use(item) => Some(used(&item.tree)),
            _ => None,
        });
        uses.flatten().find_map(|used| match used.is_glob {
            true => match self.step(from, &used.path, depth + 1) {
                Some(Found::Module(place)) if place != *from => self.within(&place, first, rest, depth + 1),
                _ => None,
            },
            // `use x::{self}` of a crate `x` does not name itself.
            false if used.name == *first && used.path.first() == Some(first) => {
                self.outside(&[&used.path, rest].concat(), depth)
            }
            false if used.name == *first => self.step(from, &[&used.path, rest].concat(), depth + 1),
            false => None,
        })
    }

    /// A path that begins with a crate.
    fn outside(&self, path: &[String], depth: usize) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        let root = (first.clone(), Vec::new());
        match self.modules.contains_key(&root) {
            true => self.step(&root, rest, depth + 1),
            false => Some(Found::Outside(first.clone())),
        }
    }
}

/// The names that a `use` brings in.
pub(crate) fn used(tree: &UseTree) -> Vec<Used> {
    fn walk(tree: &UseTree, path: &[String], into: &mut Vec<Used>) {
        let with = |name: String| [path, &[name]].concat();
        match tree {
            UseTree::Path(inner) => walk(&inner.tree, &with(inner.ident.unraw().to_string()), into),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, into)),
            UseTree::Glob(_) => into.push(Used { name: String::new(), path: path.to_vec(), is_glob: true }),
            UseTree::Name(name) if name.ident == "self" => {
                let name = path.last().cloned().unwrap_or_default();
                into.push(Used { name, path: path.to_vec(), is_glob: false });
            }
            UseTree::Name(name) => {
                let name = name.ident.unraw().to_string();
                into.push(Used { path: with(name.clone()), name, is_glob: false });
            }
            UseTree::Rename(renamed) => {
                let path =
                    if renamed.ident == "self" { path.to_vec() } else { with(renamed.ident.unraw().to_string()) };
                into.push(Used { name: renamed.rename.unraw().to_string(), path, is_glob: false });
            }
        }
    }
    let mut into = Vec::new();
    walk(tree, &[], &mut into);
    into
}

/// The name that an item defines.
pub(crate) fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.unraw().to_string())
}

pub(crate) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The text of an attribute's argument, without spaces.
fn argument(attribute: &Attribute, name: &str) -> Option<String> {
    let list = attribute.path().is_ident(name).then(|| attribute.meta.require_list().ok()).flatten()?;
    Some(list.tokens.to_string().replace(' ', ""))
}

/// Whether something is there only for tests, or hidden from the documentation.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        argument(attribute, "cfg").is_some_and(|cfg| cfg == "test" || cfg == "doctest" || cfg.starts_with("all(test"))
            || argument(attribute, "doc").is_some_and(|doc| doc == "hidden")
    })
}

/// The condition of something that a feature turns on.
pub(crate) fn feature_gate(attributes: &[Attribute]) -> Option<String> {
    let conditions = attributes.iter().filter_map(|attribute| argument(attribute, "cfg"));
    conditions.filter(|condition| condition.contains("feature=")).map(|cfg| cfg.replace('=', " = ")).next()
}

//! The modules of a crate that are files, and which of them each knows.

use std::collections::BTreeMap;

use quote::ToTokens as _;
use syn::visit::{self, Visit};

use super::graph::Edges;
use crate::tidy::sources::{File, Package};

/// A module's path from the crate's root, as segments.
type Path = Vec<String>;

/// The modules of a crate.
pub(super) struct Modules {
    modules: BTreeMap<Path, Module>,
}

/// A module that is a file.
struct Module {
    file: String,
    /// Private `use`s, by the name that they give; globs are named `*` and a number.
    uses: BTreeMap<String, Path>,
    /// Re-exports, likewise.
    exports: BTreeMap<String, Path>,
    /// Paths in the code, from the root where they say so.
    paths: Vec<Path>,
}

/// How many re-exports are followed one after the other.
const HOPS: usize = 8;

impl Modules {
    pub(super) fn new<'a>(package: &Package, files: impl Iterator<Item = (&'a File, &'a syn::File)>) -> Self {
        let source = format!("{}/src/", package.folder);
        let modules = files.map(|(file, parsed)| {
            let path = module_path(&file.path[source.len()..]);
            let mut collect = Collect::new(&path);
            collect.visit_file(parsed);
            let Collect { uses, exports, paths, .. } = collect;
            (path, Module { file: file.path.clone(), uses, exports, paths })
        });
        Self { modules: modules.collect() }
    }

    /// Which file knows which, with one of the paths that lead there.
    pub(super) fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for module in self.modules.values() {
            let known = edges.entry(module.file.clone()).or_default();
            for path in module.uses.values().chain(&module.paths) {
                let absolute = self.absolute(module, path);
                // Naming a module says nothing about which of its things is used: the paths that begin with it do.
                let Some(target) = absolute.filter(|path| !self.modules.contains_key(path)) else { continue };
                if let Some(defined) = self.resolve(&target, HOPS).filter(|file| **file != module.file) {
                    known.entry(defined.clone()).or_insert_with(|| path.join("::"));
                }
            }
        }
        edges
    }

    /// The path from the root; none when it leads out of the crate.
    fn absolute(&self, module: &Module, path: &Path) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        if first == "crate" {
            return Some(rest.to_vec());
        }
        let mut aliases = [&module.uses, &module.exports].into_iter().filter_map(|names| names.get(first));
        let alias = aliases.find(|alias| alias.first().is_some_and(|first| first == "crate"))?;
        (!rest.is_empty()).then(|| [&alias[1..], rest].concat())
    }

    /// The file that defines what a path names.
    fn resolve(&self, path: &[String], hops: usize) -> Option<&String> {
        let mut at = 0;
        while at < path.len() && self.modules.contains_key(&path[..=at]) {
            at += 1;
        }
        let module = self.modules.get(&path[..at])?;
        let Some(name) = path.get(at).filter(|_| hops > 0) else { return Some(&module.file) };
        let rest = &path[at + 1..];
        let named = module.exports.get(name).or_else(|| module.uses.get(name));
        if let Some(target) = named.and_then(|target| self.absolute(module, target)) {
            return self.resolve(&[target.as_slice(), rest].concat(), hops - 1);
        }
        Some(&module.file)
    }
}

/// `a/b.rs` is `a::b`, `a/mod.rs` is `a`, `lib.rs` the root.
fn module_path(file: &str) -> Path {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" || path == "main" { Path::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// Collects the paths of a file.
struct Collect<'a> {
    module: &'a Path,
    /// How deep in modules that are written in this file.
    depth: usize,
    uses: BTreeMap<String, Path>,
    exports: BTreeMap<String, Path>,
    paths: Vec<Path>,
}

impl<'a> Collect<'a> {
    fn new(module: &'a Path) -> Self {
        Self { module, depth: 0, uses: BTreeMap::new(), exports: BTreeMap::new(), paths: Vec::new() }
    }

    /// From the root where it begins with `crate`, `super` or `self`.
    fn absolute(&self, mut path: Path) -> Path {
        let ups = path.iter().take_while(|part| *part == "super").count();
        let is_self = path.first().is_some_and(|first| first == "self");
        if ups == 0 && !is_self {
            return path;
        }
        // In a module that is written in a file, the first `super` is the file.
        let up = ups.saturating_sub(self.depth);
        let base = &self.module[..self.module.len().saturating_sub(up)];
        let rest = path.split_off(ups.max(usize::from(is_self)));
        [&["crate".to_owned()], base, rest.as_slice()].concat()
    }

    fn take_use(&mut self, tree: &syn::UseTree, before: &Path, is_export: bool) {
        let with = |name: String| [before.as_slice(), &[name]].concat();
        match tree {
            syn::UseTree::Path(path) => self.take_use(&path.tree, &with(path.ident.to_string()), is_export),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.take_use(tree, before, is_export)),
            syn::UseTree::Glob(_) => self.name("*".to_owned(), before.clone(), is_export),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.name(before.last().cloned().unwrap_or_default(), before.clone(), is_export);
            }
            syn::UseTree::Name(name) => self.name(name.ident.to_string(), with(name.ident.to_string()), is_export),
            syn::UseTree::Rename(rename) => {
                self.name(rename.rename.to_string(), with(rename.ident.to_string()), is_export)
            }
        }
    }

    fn name(&mut self, name: String, path: Path, is_export: bool) {
        let path = self.absolute(path);
        let names = if is_export { &mut self.exports } else { &mut self.uses };
        // Two names of one sort cannot meet but in modules of this file: both count.
        let name = if names.contains_key(&name) { format!("{name} {}", names.len()) } else { name };
        names.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Collect<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_for_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            self.depth += 1;
            visit::visit_item_mod(self, module);
            self.depth -= 1;
        } else {
            // `pub use child::Name` and `child::f()`: the child is known by its name.
            let name = module.ident.to_string();
            let path = self.absolute(vec!["self".to_owned(), name.clone()]);
            self.exports.insert(name, path);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_export = !matches!(item.vis, syn::Visibility::Inherited);
        self.take_use(&item.tree, &Path::new(), is_export);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let path = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.paths.push(self.absolute(path));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let text = call.tokens.to_token_stream().to_string().replace(" :: ", "::");
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for word in
            text.split(|c| !is_part(c)).filter(|word| word.starts_with("crate::") || word.starts_with("super::"))
        {
            self.paths.push(self.absolute(word.split("::").map(str::to_owned).collect()));
        }
    }
}

/// Whether an item is compiled for tests only.
fn is_for_tests(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string().contains("test")
    })
}

//! Public signatures of `pyrun` name nothing that a user of it cannot name: no type of the engine or of a crate below that it
//! does not export itself, and, without a feature, none of crates whose versions are not ours to fix.

use super::problem::{Problem, add_up};
use super::settings::Settings;
use super::sources::Sources;
use crate::api::macros::expanded;
use crate::api::names::{Found, Names, Place};
use crate::api::{CRATE, Exported, Line, lines, mentioned};

/// Crates of others that no signature may name without a feature that says so.
const FOREIGN: &[&str] = &["jiff", "num_bigint", "postcard", "rustix", "tracing"];
/// How the names of the engine's crates begin.
const ENGINE: &[&str] = &["wasmer", "wasmparser", "wasm_encoder"];

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let sources = expanded(sources);
    let names = Names::read(&sources);
    let exported = Exported::of(&names, CRATE);
    let lines = lines(&names, &exported);
    let ungated = lines.iter().filter(|line| line.gate.is_none());
    add_up(ungated.flat_map(|line| problems(&names, &exported, line)).collect())
}

fn problems(names: &Names<'_>, exported: &Exported, line: &Line) -> Vec<Problem> {
    let hidden = line.mentions.iter().filter_map(|path| hidden(names, exported, line, path));
    let problem = |name: String| {
        let what = format!("`{}` names {name}, which a user cannot: export it, or show a type of pyrun's", line.text);
        Problem::new(&line.file, format!("{} {name}", line.path), what)
    };
    hidden.map(problem).collect()
}

/// What a path names, if a user cannot.
fn hidden(names: &Names<'_>, exported: &Exported, line: &Line, path: &[String]) -> Option<String> {
    hidden_at(names, exported, &line.place, path, 0)
}

fn hidden_at(names: &Names<'_>, exported: &Exported, from: &Place, path: &[String], depth: u32) -> Option<String> {
    match names.resolve(from, path)? {
        Found::Item(place, name) if exported.items.contains_key(&(place.clone(), name.clone())) => None,
        // An alias is what it stands for: users see that.
        Found::Item(place, name) if depth < 8 && alias(names, &place, &name).is_some() => {
            let stands_for = alias(names, &place, &name)?;
            stands_for.iter().find_map(|path| hidden_at(names, exported, &place, path, depth + 1))
        }
        Found::Item((krate, module), name) => Some([vec![krate], module, vec![name]].concat().join("::")),
        Found::Outside(krate) => {
            let is_hidden = FOREIGN.contains(&krate.as_str()) || ENGINE.iter().any(|begin| krate.starts_with(begin));
            is_hidden.then(|| path.join("::"))
        }
        Found::Module(_) => None,
    }
}

/// The paths in the type that an alias stands for.
fn alias(names: &Names<'_>, place: &Place, name: &str) -> Option<Vec<Vec<String>>> {
    names.modules.get(place)?.items.iter().find_map(|item| match item {
        syn::Item::Type(item) if item.ident == name => Some(mentioned(&item.ty)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Package;

    #[test]
    fn a_signature_with_what_a_user_cannot_name_is_found() {
        let files = [
            ("pyrun/src/lib.rs", "mod a;\npub use a::Shown;\npub use below::Known;\n"),
            (
                "pyrun/src/a.rs",
                "use below::{Deep, Known};\nuse wasmer::Store;\npub struct Own;\npub struct Shown;\nimpl Shown {\n\
                 pub fn good(&self, known: Known) -> Vec<u8> {}\npub fn deep(&self, deep: Option<Deep>) {}\n\
                 pub fn engine(&self, store: &mut Store) {}\npub fn own(&self) -> Own {}\n\
                 pub fn date(&self) -> jiff::Zoned {}\n#[cfg(feature = \"jiff\")]\npub fn gated(&self) -> jiff::Zoned {}\n\
                 pub(crate) fn inner(&self, deep: Deep) {}\n\
                 pub fn alias(&self) -> Good {}\npub fn alias_of_deep(&self) -> Bad {}\n}\nimpl below::Stream for Shown {}\n\
                 type Good = Vec<Known>;\ntype Bad = Vec<Deep>;\n",
            ),
            ("below/src/lib.rs", "pub struct Known;\npub struct Deep;\npub trait Stream {}\n"),
        ];
        let sources = Sources::of(&files, vec![Package::of("pyrun", vec![]), Package::of("below", vec![])]);
        let found: Vec<String> = check(&sources, &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(
            found,
            [
                "pyrun::Shown below::Stream",
                "pyrun::Shown::alias_of_deep below::Deep",
                "pyrun::Shown::date jiff::Zoned",
                "pyrun::Shown::deep below::Deep",
                "pyrun::Shown::engine Store",
                "pyrun::Shown::own pyrun::a::Own",
            ]
        );
    }
}

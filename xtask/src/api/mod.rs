//! `cargo xtask api`: the listing of what `pyrun` exports, `docs/api/pyrun.txt`, in which a review sees what changes.
//!
//! It is read from the sources, so it needs no build: `pub` items that can be reached from the root, followed through `pub use`
//! into the crates below, with the methods and the traits that are implemented by hand, derived or by macros of ours.

mod list;
pub(crate) mod macros;
pub(crate) mod names;
mod print;

use std::error::Error;
use std::path::Path;

use crate::tidy::sources::Sources;
pub(crate) use list::{Exported, Line, lines, mentioned};
use names::Names;

/// The crate that is for users.
pub(crate) const CRATE: &str = "pyrun";
/// Where the listing is kept.
const LISTING: &str = "docs/api/pyrun.txt";

/// Writes the listing of a repository.
pub(crate) fn run(root: &Path) -> Result<(), Box<dyn Error>> {
    let path = root.join(LISTING);
    std::fs::create_dir_all(path.parent().ok_or("the listing has a folder")?)?;
    std::fs::write(path, listing(&Sources::read(root)?))?;
    Ok(())
}

fn listing(sources: &Sources) -> String {
    let sources = macros::expanded(sources);
    let names = Names::read(&sources);
    let mut text = format!(
        "# What the crate {CRATE} exports, by path. Made by `cargo xtask api`; a change here is a change for users.\n"
    );
    for line in lines(&names, &Exported::of(&names, CRATE)) {
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::repository;
    use crate::tidy::sources::Package;

    #[test]
    fn the_listing_is_current() {
        let made = listing(&Sources::read(&repository("")).unwrap());
        let kept = std::fs::read_to_string(repository(LISTING)).unwrap_or_default();
        let differs = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
        assert!(made == kept, "the public interface has changed: run `cargo xtask api`; first difference: {differs:?}");
    }

    #[test]
    fn what_can_be_reached_is_listed_and_nothing_else() {
        let files = [
            (
                "pyrun/src/lib.rs",
                "mod a;\npub mod b;\nmod m { macro_rules! s { () => { pub fn set(self) -> Self { self } }; } }\n\
                 pub use a::{Shown, make as build};\npub use below::Value;\n#[doc(hidden)]\npub mod hidden { pub struct H; }\n",
            ),
            (
                "pyrun/src/a.rs",
                "/// A.\n#[derive(Clone)]\n#[non_exhaustive]\npub struct Shown { pub x: Vec<u8>, y: u8 }\npub struct Unseen;\n\
                 pub fn make() -> Shown { loop {} }\nimpl Shown { pub fn get(&self, n: usize) -> Option<&u8> { None } fn own() {} s!(); }\n\
                 impl From<Unseen> for Shown { fn from(_: Unseen) -> Self { loop {} } }\n",
            ),
            ("pyrun/src/b.rs", "pub enum Kind { A(u8), #[cfg(feature = \"x\")] B }\n"),
            ("below/src/lib.rs", "pub struct Value(pub i64);\npub struct Deep;\n"),
        ];
        let sources = Sources::of(&files, vec![Package::of("pyrun", vec![]), Package::of("below", vec![])]);
        let text = listing(&sources);
        let found: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            found,
            [
                "#[non_exhaustive] pub struct pyrun::Shown",
                "impl Clone for pyrun::Shown",
                "impl From<Unseen> for pyrun::Shown",
                "pub fn pyrun::Shown::get(&self, n: usize) -> Option<&u8>",
                "pub fn pyrun::Shown::set(self) -> Self",
                "field pyrun::Shown::x: Vec<u8>",
                "pub struct pyrun::Value",
                "field pyrun::Value::0: i64",
                "pub enum pyrun::b::Kind",
                "variant pyrun::b::Kind::A",
                "field pyrun::b::Kind::A::0: u8",
                "variant pyrun::b::Kind::B [feature = \"x\"]",
                "pub fn pyrun::build() -> Shown",
            ]
        );
    }

    #[test]
    fn what_a_hidden_type_implements_is_not_listed() {
        let text = "mod a;\npub use a::Told;\n";
        let inner = "pub trait Told {}\npub struct Unseen;\nimpl Told for Unseen {}\nimpl Told for u8 {}\n";
        let files = [("pyrun/src/lib.rs", text), ("pyrun/src/a.rs", inner)];
        let listing = listing(&Sources::of(&files, vec![Package::of("pyrun", vec![])]));
        assert_eq!(listing.lines().skip(1).collect::<Vec<_>>(), ["impl Told for u8", "pub trait pyrun::Told"]);
    }

    #[test]
    fn what_macros_make_is_listed() {
        let text = "pub trait Told {}\nmacro_rules! told { ($($ty:ty),*) => { $(impl Told for $ty {})* }; }\ntold! { u8, (u8, u8) }\n\
            macro_rules! named { ($($name:ident)*) => { $(pub struct $name;)* }; }\nnamed! { One Two }\n";
        let listing = listing(&Sources::of(&[("pyrun/src/lib.rs", text)], vec![Package::of("pyrun", vec![])]));
        assert_eq!(
            listing.lines().skip(1).collect::<Vec<_>>(),
            [
                "pub struct pyrun::One",
                "impl Told for (u8, u8)",
                "impl Told for u8",
                "pub trait pyrun::Told",
                "pub struct pyrun::Two"
            ]
        );
    }
}

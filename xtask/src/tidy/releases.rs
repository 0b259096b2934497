//! A release is named where its data is, and as the default: nowhere else, so that a new one is a new folder.

use super::problem::{Problem, add_up};
use super::settings::Settings;
use super::sources::Sources;

/// Where the data of releases lies.
const FOLDERS: &[&str] = &["pyodide-loader/releases/", "abi/"];

pub(super) fn check(sources: &Sources, settings: &Settings) -> Vec<Problem> {
    let releases = known(sources);
    let may = |path: &str| {
        FOLDERS.iter().any(|folder| path.starts_with(folder))
            || settings.releases.keys().any(|beginning| path.starts_with(beginning))
    };
    let mut problems = Vec::new();
    for file in sources.files.iter().filter(|file| !may(&file.path)) {
        for (text, line) in file.text.lines().zip(1..) {
            if let Some(release) = releases.iter().find(|release| names(text, release)) {
                let what = format!("{release} is named here: take it from the data of releases, or the default one");
                problems.push(Problem::new(format!("{}:{line}", file.path), &file.path, what));
            }
        }
    }
    add_up(problems)
}

/// The releases that there is data of, by the names of their folders or files.
fn known(sources: &Sources) -> Vec<String> {
    let mut releases: Vec<String> = Vec::new();
    for file in &sources.files {
        let rest = FOLDERS.iter().find_map(|folder| file.path.strip_prefix(folder));
        let Some(first) = rest.and_then(|rest| rest.split('/').next()) else { continue };
        let name = first.trim_end_matches(".toml");
        if name.starts_with(|c: char| c.is_ascii_digit()) && !releases.iter().any(|known| known == name) {
            releases.push(name.to_owned());
        }
    }
    releases
}

/// Whether a text has a release in it, and not as a part of a longer number.
fn names(text: &str, release: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    text.match_indices(release).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + release.len()..]);
        let ends = after.starts_with('.') && !after[1..].starts_with(is_part);
        !before.ends_with(is_part) && (ends || !after.starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_that_is_named_elsewhere_is_found() {
        let files = [
            ("pyodide-loader/releases/314.0.3/release.toml", "version = \"314.0.3\""),
            (
                "a/src/a.rs",
                "const V: &str = \"314.0.3\";\n// As 314.0.3. But not 1314.0.3 or 314.0.33 or 314.0.3.1.\n// None.\n",
            ),
            ("docs/A.md", "314.0.3"),
        ];
        let settings: Settings = toml::from_str("[releases]\n\"docs/\" = \"figures\"\n").unwrap();
        let found: Vec<_> =
            check(&Sources::of(&files, vec![]), &settings).into_iter().map(|p| (p.at, p.amount)).collect();
        assert_eq!(found, [("a/src/a.rs:1".to_owned(), 2)]);
    }
}

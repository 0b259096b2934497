//! Links in Markdown lead to files that are there, and to headings that are there.

use super::problem::Problem;
use super::settings::Settings;
use super::sources::{File, Sources};

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let documents = sources.files.iter().filter(|file| file.path.ends_with(".md"));
    documents.flat_map(|document| of_document(sources, document)).collect()
}

fn of_document(sources: &Sources, document: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, target) in links(&document.text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
        let path = if path.is_empty() { document.path.clone() } else { join(&document.path, path) };
        let file = sources.files.iter().find(|file| file.path == path);
        let is_there = file.is_some() || sources.files.iter().any(|file| file.path.starts_with(&format!("{path}/")));
        let missing = match (heading, file) {
            _ if !is_there => Some(format!("{path} is not there")),
            (Some(heading), Some(file)) if !headings(&file.text).any(|found| found == heading) => {
                Some(format!("{path} has no heading #{heading}"))
            }
            _ => None,
        };
        let key = format!("{}: {target}", document.path);
        problems.extend(missing.map(|what| Problem::new(format!("{}:{line}", document.path), key, what)));
    }
    problems
}

/// A path relative to a file's folder.
pub(super) fn join(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The lines that are no code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((number, line))
    })
}

/// The targets of links, with their lines: `[text](target)` and `[name]: target`.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose(text).flat_map(|(number, line)| {
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
        let is_definition = line.starts_with('[') && line.contains("]: ");
        let definition = is_definition.then(|| line.split_once("]: ").map(|(_, target)| target.trim())).flatten();
        inline.chain(definition).map(move |target| (number, target.split(' ').next().unwrap_or_default()))
    })
}

/// The names by which headings are linked to.
fn headings(text: &str) -> impl Iterator<Item = String> + '_ {
    let titles = prose(text).filter_map(|(_, line)| Some(line.strip_prefix('#')?.trim_start_matches('#').trim()));
    titles.map(|title| {
        let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        title.to_lowercase().chars().filter(is_kept).map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let page = "# A page\n[a](b.md) [b](../README.md#what-it-is) [c](#a-page) [d](https://x.y)\n\
                    [e](c.md)\n```\n[f](d.md)\n```\n[g](b.md#nothing)\n[x]: src\n[y]: gone\n";
        let files =
            [("docs/a.md", page), ("docs/b.md", ""), ("README.md", "## What `it` is?\n"), ("docs/src/x.rs", "")];
        let found: Vec<String> =
            check(&Sources::of(&files, vec![]), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["docs/a.md: c.md", "docs/a.md: b.md#nothing", "docs/a.md: gone"]);
    }
}

//! Words that are out, with what to say instead: the table `[words]`, which is STYLE's.
//!
//! A word counts wherever it stands for itself, in text as in names; what is left of it is listed by file.

use super::problem::Problem;
use super::settings::Settings;
use super::sources::Sources;

pub(super) fn check(sources: &Sources, settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_skipped = |path: &str| settings.skip.keys().any(|beginning| path.starts_with(beginning));
    for file in sources.files.iter().filter(|file| !is_skipped(&file.path)) {
        for (word, instead) in &settings.words {
            let lines: Vec<usize> = lines_with(&file.text, word).collect();
            let Some(first) = lines.first() else { continue };
            let key = format!("{}: {word}", file.path);
            let what = format!("{word:?} is out: {instead}");
            problems.push(Problem::new(format!("{}:{first}", file.path), key, what).amount(lines.len()));
        }
    }
    problems
}

/// The lines in which a phrase begins, once for each time. Between its words there may be the end of a line with the
/// beginning of the next comment.
fn lines_with<'a>(text: &'a str, phrase: &'a str) -> impl Iterator<Item = usize> + 'a {
    // With its first letter small or large; a word that is all large, such as Python's `None`, is another.
    let (first, tail) = phrase.split_at(1);
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let both = [first.to_lowercase(), first.to_uppercase()];
    text.match_indices(move |c: char| both.iter().any(|first| first.starts_with(c))).filter_map(move |(at, _)| {
        let begins = !text[..at].ends_with(is_letter);
        let rest = tail.split(' ').try_fold(&text[at + 1..], |rest, word| gap(rest).strip_prefix(word))?;
        (begins && !rest.starts_with(is_letter)).then(|| text[..at].matches('\n').count() + 1)
    })
}

/// The text after blanks and what begins a line of a comment.
fn gap(text: &str) -> &str {
    text.trim_start_matches([' ', '\n', '/', '!', '#', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_out_are_found() {
        let settings =
            "[words]\n\"is none\" = \"say what is wrong\"\nahead = \"preload\"\n[skip]\n\"old/\" = \"history\"\n";
        let settings: Settings = toml::from_str(settings).unwrap();
        let text = "//! Ahead.\n// the zone is\n// none, looked_ahead, x is None\nmod ahead;\n";
        let sources = Sources::of(&[("a.rs", text), ("old/a.md", "ahead"), ("b.md", "go ahead\nheads\n")], vec![]);
        let found: Vec<_> = check(&sources, &settings).into_iter().map(|p| (p.key, p.at, p.amount)).collect();
        let expected = [("a.rs: ahead", "a.rs:1", 2), ("a.rs: is none", "a.rs:2", 1), ("b.md: ahead", "b.md:1", 1)];
        assert_eq!(found, expected.map(|(key, at, amount)| (key.to_owned(), at.to_owned(), amount)));
    }
}

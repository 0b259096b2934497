//! The list of exceptions: what it allows, which of its lines are out of date, and how it shrinks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::problem::Problem;
use super::settings::{Allowed, Settings};

/// Checks whose amounts are lines, which come and go with each edit: only what is in order is out of date.
const WITH_SLACK: &[&str] = &["size"];

/// The list, to be asked.
pub(super) struct Exceptions<'a> {
    allowed: &'a BTreeMap<String, BTreeMap<String, Allowed>>,
}

impl<'a> Exceptions<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { allowed: &settings.allow }
    }

    /// Whether the list has this problem, with a reason, and allows as much of it.
    pub(super) fn allow(&self, check: &str, problem: &Problem) -> bool {
        let allowed = self.allowed.get(check).and_then(|allowed| allowed.get(&problem.key));
        allowed.is_some_and(|allowed| problem.amount <= allowed.up_to && !allowed.why.trim().is_empty())
    }

    /// The lines of a check's list that allow more than there is.
    pub(super) fn stale(&self, check: &str, problems: &[Problem]) -> Vec<String> {
        let Some(allowed) = self.allowed.get(check) else { return Vec::new() };
        let lines = allowed.iter().filter_map(|(key, allowed)| match verdict(check, key, allowed.up_to, problems) {
            Verdict::Keep => None,
            Verdict::Remove => Some(format!("{key:?} is in order now")),
            Verdict::Lower(to) => Some(format!("{key:?} allows {}, and there are {to}", allowed.up_to)),
        });
        lines.collect()
    }
}

/// What is to become of a line of the list.
enum Verdict {
    Keep,
    Remove,
    Lower(usize),
}

fn verdict(check: &str, key: &str, up_to: usize, problems: &[Problem]) -> Verdict {
    match problems.iter().find(|problem| problem.key == key) {
        None => Verdict::Remove,
        Some(problem) if problem.amount < up_to && !WITH_SLACK.contains(&check) => Verdict::Lower(problem.amount),
        Some(_) => Verdict::Keep,
    }
}

/// The text of the list without what is out of date. Each exception is a line of its own: `"key" = { up_to = 1, why = "…" }`.
pub(super) fn shrink(text: &str, found: &[(&str, Vec<Problem>)]) -> String {
    let mut shrunk = String::new();
    let mut check = None;
    for line in text.lines() {
        if line.starts_with('[') {
            let name = line.strip_prefix("[allow.").and_then(|line| line.strip_suffix(']'));
            check = name.and_then(|name| found.iter().find(|(check, _)| *check == name));
        }
        match check.and_then(|(name, problems)| Some((name, problems, exception(line)?))) {
            None => writeln!(shrunk, "{line}"),
            Some((name, problems, (key, allowed))) => match verdict(name, &key, allowed.up_to, problems) {
                Verdict::Keep => writeln!(shrunk, "{line}"),
                Verdict::Remove => Ok(()),
                Verdict::Lower(to) => writeln!(shrunk, "{}", written(&key, to, &allowed.why)),
            },
        }
        .expect("a String takes everything");
    }
    shrunk
}

/// The exception that a line of the list is.
fn exception(line: &str) -> Option<(String, Allowed)> {
    if !line.starts_with('"') {
        return None;
    }
    toml::from_str::<BTreeMap<String, Allowed>>(line).ok()?.pop_first()
}

fn written(key: &str, up_to: usize, why: &str) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let up_to = if up_to == 1 { String::new() } else { format!("up_to = {up_to}, ") };
    format!("{} = {{ {up_to}why = {} }}", text(key), text(why))
}

/// A check's problems as lines of the list, whose reasons are to be filled in.
pub(super) fn lines(check: &str, problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| written(&problem.key, problem.amount, "") + "\n");
    if problems.is_empty() { String::new() } else { format!("\n[allow.{check}]\n{}", lines.collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
[allow.words]
"a.rs: ahead" = { up_to = 3, why = "being renamed" }
"b.rs: ahead" = { why = "a quotation" }
"#;

    fn problem(key: &str, amount: usize) -> Problem {
        Problem::new("somewhere", key, "what").amount(amount)
    }

    #[test]
    fn what_is_listed_with_a_reason_is_allowed_up_to_its_number() {
        let settings: Settings = toml::from_str(LIST).unwrap();
        let exceptions = Exceptions::new(&settings);
        assert!(exceptions.allow("words", &problem("a.rs: ahead", 3)));
        assert!(!exceptions.allow("words", &problem("a.rs: ahead", 4)));
        assert!(!exceptions.allow("words", &problem("c.rs: ahead", 1)));
        assert!(!exceptions.allow("size", &problem("a.rs: ahead", 1)));
        let nameless: Settings = toml::from_str("[allow.words]\n\"a\" = { why = \" \" }\n").unwrap();
        assert!(!Exceptions::new(&nameless).allow("words", &problem("a", 1)), "no reason");
    }

    #[test]
    fn the_list_shrinks() {
        let settings: Settings = toml::from_str(LIST).unwrap();
        let found = vec![problem("a.rs: ahead", 2)];
        assert_eq!(Exceptions::new(&settings).stale("words", &found).len(), 2);
        let shrunk = shrink(LIST, &[("words", found)]);
        assert_eq!(shrunk, "\n[allow.words]\n\"a.rs: ahead\" = { up_to = 2, why = \"being renamed\" }\n");
    }

    #[test]
    fn a_length_may_vary_below_its_limit() {
        let list = "[allow.size]\n\"a.rs\" = { up_to = 500, why = \"a table\" }\n";
        let settings: Settings = toml::from_str(list).unwrap();
        assert!(Exceptions::new(&settings).stale("size", &[problem("a.rs", 450)]).is_empty());
        assert_eq!(Exceptions::new(&settings).stale("size", &[]).len(), 1);
    }
}

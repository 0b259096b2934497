//! Package names: the canonical form of PEP 503, and suggestions for misspelt ones.

/// The canonical form of a package name: lower case, with each run of `-`, `_` and `.` as one `-` (PEP 503).
///
/// ```
/// use pyrun_packages::canonical_name;
/// assert_eq!(canonical_name("Pydantic_Core"), "pydantic-core");
/// assert_eq!(canonical_name("bilby.__cython"), "bilby-cython");
/// ```
#[must_use]
pub fn canonical_name(name: &str) -> String {
    let mut canonical = String::with_capacity(name.len());
    let mut in_run = false;
    for c in name.chars() {
        let is_separator = matches!(c, '-' | '_' | '.');
        if !is_separator {
            canonical.extend(c.to_lowercase());
        } else if !in_run {
            canonical.push('-');
        }
        in_run = is_separator;
    }
    canonical
}

/// Longer names are not compared: the cost grows with the square of the length.
const LONGEST_COMPARED: usize = 64;

/// The at most three of `known` that are nearest to `wanted`, nearest first.
pub(crate) fn suggestions<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if wanted.len() > LONGEST_COMPARED {
        return Vec::new();
    }
    let allowed = 1 + wanted.len() / 4;
    let mut near: Vec<(usize, &str)> = known
        .filter(|name| name.len() <= LONGEST_COMPARED)
        .map(|name| (distance(wanted.as_bytes(), name.as_bytes()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.truncate(3);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How many bytes must be inserted, removed or replaced to turn `a` into `b`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut left = i + 1;
        let mut diagonal = i;
        for (cell, y) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{canonical_name, distance, suggestions};

    #[test]
    fn runs_of_separators_become_one_dash() {
        assert_eq!(canonical_name("A-_.B"), "a-b");
        assert_eq!(canonical_name("--x--"), "-x-");
        assert_eq!(canonical_name(""), "");
    }

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("nunpy", "numpy", 1)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_quarter_of_the_letters_and_one_more_may_differ() {
        let near = |wanted: &str, known| !suggestions(wanted, std::iter::once(known)).is_empty();
        for (wanted, known, expected) in [
            ("abc", "abX", true),
            ("abc", "aXY", false),
            ("abcd", "abXY", true),
            ("abcd", "aXYZ", false),
            ("abcdefgh", "abcdeXYZ", true),
            ("abcdefgh", "abcdWXYZ", false),
        ] {
            assert_eq!(near(wanted, known), expected, "{wanted} {known}");
        }
        let longest = "n".repeat(64);
        assert!(near(&longest, &longest));
        assert!(!near(&longest, &format!("{longest}n")), "longer names are not compared");
        let many = ["numa", "numb", "numc", "numd"];
        assert_eq!(suggestions("num", many.into_iter()), ["numa", "numb", "numc"]);
    }

    #[test]
    fn the_nearest_comes_first_and_strangers_stay_away() {
        let known = ["numpy", "numba", "scipy", "pandas"];
        assert_eq!(suggestions("nunpy", known.into_iter()).first(), Some(&"numpy"));
        assert!(suggestions("tensorflow", known.into_iter()).is_empty());
        assert!(suggestions(&"n".repeat(1000), known.into_iter()).is_empty());
    }
}

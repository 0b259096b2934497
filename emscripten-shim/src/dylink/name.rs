//! Library paths.

/// Collapses `//`, `.` and `..` as upstream's `PATH.normalize` does: a leading slash is kept, and `..` above the
/// root of an absolute path vanishes.
pub(super) fn normalize(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// The directory part of a path.
pub(super) fn directory(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(slash) => path.get(..slash).unwrap_or("."),
        None => ".",
    }
}

/// A run-time search path with `$ORIGIN` replaced by the directory of the library that asks.
pub(super) fn search_path(parent: &str, runtime_path: &str) -> String {
    match runtime_path.strip_prefix("$ORIGIN") {
        Some(rest) => format!("{}{rest}", directory(parent)),
        None => runtime_path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_upstream_does() {
        for (path, want) in [("/a//b/./c.so", "/a/b/c.so"), ("/../x", "/x"), ("a/../../b", "../b"), ("/", "/")] {
            assert_eq!(normalize(path), want, "{path}");
        }
    }

    #[test]
    fn origin_is_the_directory_of_the_parent() {
        assert_eq!(
            search_path("/lib/scipy/linalg/x.so", "$ORIGIN/../../scipy.libs"),
            "/lib/scipy/linalg/../../scipy.libs"
        );
        assert_eq!(search_path("x.so", "/usr/lib"), "/usr/lib");
    }
}

//! Where the files of a release lie in the guest. Follows from the version of Python and Pyodide's `--prefix=/`.

/// How much CPython's compiler leaves out, `-O` and `-OO`: each level has bytecode files of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Optimization {
    /// Nothing.
    #[default]
    None,
    /// `assert`, and what depends on `__debug__`.
    Asserts,
    /// Docstrings, too.
    Docstrings,
}

impl Optimization {
    /// The level of this number, as in `sys.flags.optimize`; none beyond those that the compiler knows.
    #[must_use]
    pub const fn from_level(level: u32) -> Option<Self> {
        match level {
            0 => Some(Self::None),
            1 => Some(Self::Asserts),
            2 => Some(Self::Docstrings),
            _ => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn level(self) -> u32 {
        self as u32
    }
}

/// The places that packages are installed into, for one version of Python. Paths have no leading slash: they are relative
/// to the guest's root, where packs are mounted.
///
/// ```
/// use pyrun_packages::{SitePaths, Optimization};
/// let site = SitePaths::new(3, 14);
/// assert_eq!(site.stdlib_zip(), "lib/python314.zip");
/// assert_eq!(site.site_packages(), "lib/python3.14/site-packages");
/// let bytecode = site.bytecode_path("lib/x/json/decoder.py", Optimization::None);
/// assert_eq!(bytecode.as_deref(), Some("lib/x/json/__pycache__/decoder.cpython-314.pyc"));
/// let bytecode = site.bytecode_path("x.py", Optimization::Asserts);
/// assert_eq!(bytecode.as_deref(), Some("__pycache__/x.cpython-314.opt-1.pyc"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePaths {
    stdlib_zip: String,
    stdlib: String,
    site_packages: String,
    cache_tag: String,
}

impl SitePaths {
    /// The paths of Python `major`.`minor`.
    #[must_use]
    pub fn new(major: u8, minor: u8) -> Self {
        let stdlib = format!("lib/python{major}.{minor}");
        Self {
            stdlib_zip: format!("lib/python{major}{minor}.zip"),
            site_packages: format!("{stdlib}/site-packages"),
            stdlib,
            cache_tag: format!("cpython-{major}{minor}"),
        }
    }

    /// The standard library: a zip in a stock Pyodide, here a directory of the same name, so that `__file__` is the same.
    #[must_use]
    pub fn stdlib_zip(&self) -> &str {
        &self.stdlib_zip
    }

    /// The standard library's directory, which holds what is not in the zip.
    #[must_use]
    pub fn stdlib(&self) -> &str {
        &self.stdlib
    }

    /// `site-packages`.
    #[must_use]
    pub fn site_packages(&self) -> &str {
        &self.site_packages
    }

    /// Where shared libraries are looked for.
    #[must_use]
    pub fn dynlib(&self) -> &'static str {
        "usr/lib"
    }

    /// `sys.implementation.cache_tag`.
    #[must_use]
    pub fn cache_tag(&self) -> &str {
        &self.cache_tag
    }

    /// Where the import system looks for the bytecode of `source` (`importlib.util.cache_from_source`); `None` when it
    /// is not a source file.
    #[must_use]
    pub fn bytecode_path(&self, source: &str, optimization: Optimization) -> Option<String> {
        let (directory, name) = source.rsplit_once('/').unwrap_or(("", source));
        let stem = name.strip_suffix(".py").filter(|stem| !stem.is_empty())?;
        let slash = if directory.is_empty() { "" } else { "/" };
        let level = match optimization {
            Optimization::None => String::new(),
            other => format!(".opt-{}", other.level()),
        };
        Some(format!("{directory}{slash}__pycache__/{stem}.{}{level}.pyc", self.cache_tag))
    }
}

#[cfg(test)]
mod tests {
    use super::{Optimization, SitePaths};

    #[test]
    fn levels_are_those_of_the_compiler() {
        let levels = [Optimization::None, Optimization::Asserts, Optimization::Docstrings];
        for (number, level) in (0..).zip(levels) {
            assert_eq!(Optimization::from_level(number), Some(level));
            assert_eq!(level.level(), number);
        }
        for number in [3, 4, u32::MAX] {
            assert_eq!(Optimization::from_level(number), None);
        }
    }

    #[test]
    fn paths_are_where_cpython_looks() {
        let site = SitePaths::new(3, 13);
        let paths = [site.stdlib_zip(), site.stdlib(), site.site_packages(), site.dynlib(), site.cache_tag()];
        let expected =
            ["lib/python313.zip", "lib/python3.13", "lib/python3.13/site-packages", "usr/lib", "cpython-313"];
        assert_eq!(paths, expected);
        let bytecode = |source, level| site.bytecode_path(source, level);
        assert_eq!(
            bytecode("a/b.py", Optimization::Docstrings).as_deref(),
            Some("a/__pycache__/b.cpython-313.opt-2.pyc")
        );
        for other in ["a/.py", "a/b.pyc", "a.py/b", ""] {
            assert_eq!(bytecode(other, Optimization::None), None, "{other:?}");
        }
    }
}

//! Where the files of a release lie in the guest. Follows from the version of Python and Pyodide's `--prefix=/`.

/// The places that packages are installed into, for one version of Python. Paths have no leading slash: they are relative
/// to the guest's root, where packs are mounted.
///
/// ```
/// use pyrun_pyodide_loader::packages::Layout;
/// let layout = Layout::new(3, 14);
/// assert_eq!(layout.stdlib_zip(), "lib/python314.zip");
/// assert_eq!(layout.site_packages(), "lib/python3.14/site-packages");
/// assert_eq!(layout.bytecode_path("lib/x/json/decoder.py").as_deref(), Some("lib/x/json/__pycache__/decoder.cpython-314.pyc"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    stdlib_zip: String,
    stdlib: String,
    site_packages: String,
    cache_tag: String,
}

impl Layout {
    /// The layout of Python `major`.`minor`.
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

    /// Where the import system looks for the bytecode of `source` (`importlib.util.cache_from_source`, no optimisation);
    /// none when it is not a source file.
    #[must_use]
    pub fn bytecode_path(&self, source: &str) -> Option<String> {
        let (directory, name) = source.rsplit_once('/').unwrap_or(("", source));
        let stem = name.strip_suffix(".py").filter(|stem| !stem.is_empty())?;
        let slash = if directory.is_empty() { "" } else { "/" };
        Some(format!("{directory}{slash}__pycache__/{stem}.{}.pyc", self.cache_tag))
    }
}

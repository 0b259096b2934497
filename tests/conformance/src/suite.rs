//! The suites: what is in each, and which program of the guest's runs it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

/// A suite that there is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Name {
    /// CPython's own tests, the package `test`.
    Cpython,
    /// NumPy's own tests.
    Numpy,
    /// Those of pandas, but for the slow ones.
    Pandas,
    /// Those of SciPy, but for the slow ones.
    Scipy,
}

/// A suite in the data folder.
pub(crate) struct Suite {
    pub name: &'static str,
    /// Where it has been unpacked; guests see it at the same path.
    pub folder: PathBuf,
    /// The package that all of its modules are in.
    package: &'static str,
    /// The guest's program that runs a module.
    pub driver: PathBuf,
    /// What must be installed in the guest.
    pub packages: Vec<&'static str>,
}

impl Suite {
    /// `home` is the data folder, `here` the folder of this crate.
    pub(crate) fn locate(name: Name, home: &Path, here: &Path) -> Self {
        let folder = |version: &str| home.join("conformance").join(version);
        let of_package = |name, version| Self {
            name,
            folder: folder(&format!("{name}-{version}")),
            package: name,
            driver: here.join("guest/pytests.py"),
            packages: vec![name],
        };
        match name {
            Name::Cpython => Self {
                name: "cpython",
                folder: folder("cpython-3.14.10-1"),
                package: "test",
                driver: here.join("guest/unittests.py"),
                packages: Vec::new(),
            },
            Name::Numpy => of_package("numpy", "2.4.3"),
            Name::Pandas => of_package("pandas", "3.0.2"),
            Name::Scipy => of_package("scipy", "1.18.0"),
        }
    }

    /// What `import` calls a module.
    pub(crate) fn import_name(&self, module: &str) -> String {
        format!("{}.{module}", self.package)
    }

    /// All modules, by their names without the suite's package, in order.
    pub(crate) fn modules(&self) -> std::io::Result<Vec<String>> {
        let mut found = Vec::new();
        collect(&self.folder.join(self.package), "", &mut found)?;
        found.sort();
        Ok(found)
    }
}

/// Adds the test modules in a folder, and those in the packages in it. A package of tests is a module itself.
fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let is_test = stem.starts_with("test_");
        let name = format!("{prefix}{stem}");
        // Of most packages there are only the tests here, and some of those have no such file.
        let is_package = path.join("__init__.py").is_file() || has_tests(&path);
        if is_package {
            collect(&path, &format!("{name}."), found)?;
            if is_test {
                found.push(name);
            }
        } else if is_test && path.extension().is_some_and(|extension| extension == "py") {
            found.push(name);
        }
    }
    Ok(())
}

/// Whether a folder is called `tests`, or has one that is.
fn has_tests(folder: &Path) -> bool {
    let is_inside =
        |entry: std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir()) && has_tests(&entry.path());
    folder.ends_with("tests") || std::fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(is_inside))
}

//! Resolving packages and their dependencies, in an order in which each package follows what it depends on.
//!
//! Replaces `recursiveDependencies` of Pyodide's `src/js/load-package.ts`, which loads in any order.

use std::collections::HashSet;

use super::lock::{Lock, Package};
use super::name::{canonical_name, suggestions};

/// Packages that the release cannot give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The release has no package of that name.
    #[error("the release has no package '{name}'{}", did_you_mean(suggestions))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// Similar names, nearest first; may be empty.
        suggestions: Vec<String>,
    },
    /// A name with a version, an extra or the like behind it.
    #[error(
        "'{name}' is not the name of a package: a release fixes versions and extras, and this one has {package} {version}; \
         write '{package}'"
    )]
    Specifier {
        /// What was given.
        name: String,
        /// The package that it begins with.
        package: String,
        /// The version that the release has.
        version: String,
    },
    /// Nothing where a name should be.
    #[error("the name of a package is empty")]
    EmptyName,
    /// A package needs one that the release does not have.
    #[error("the lock file is damaged: '{package}' depends on '{needs}', which is not in it; fetch it again")]
    MissingDependency {
        /// The package.
        package: String,
        /// What it needs.
        needs: String,
    },
}

fn did_you_mean(suggestions: &[String]) -> String {
    match suggestions {
        [] => String::new(),
        some => format!("; did you mean {}?", some.iter().map(|s| format!("'{s}'")).collect::<Vec<_>>().join(" or ")),
    }
}

impl Lock {
    /// The packages called `names` and all that they depend on, each once, after its own dependencies. A cycle is broken at an
    /// arbitrary place.
    ///
    /// # Errors
    /// [`PackageError`] names the first package that the release does not have.
    ///
    /// ```
    /// # use pyrun_packages::{Lock, LockError, PackageError};
    /// fn load_order(lock: &Lock) -> Result<Vec<&str>, PackageError> {
    ///     let packages = lock.resolve(&["pandas"])?; // numpy, six, python-dateutil, pytz, pandas
    ///     Ok(packages.into_iter().map(|package| package.name.as_str()).collect())
    /// }
    /// ```
    pub fn resolve(&self, names: &[impl AsRef<str>]) -> Result<Vec<&Package>, PackageError> {
        let wanted = names.iter().map(|name| self.wanted(name.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        for package in wanted {
            self.visit(package, &mut seen, &mut order)?;
        }
        Ok(order)
    }

    fn wanted(&self, name: &str) -> Result<&Package, PackageError> {
        self.package(name).ok_or_else(|| {
            if name.trim().is_empty() {
                return PackageError::EmptyName;
            }
            // What may follow a name in a requirement (PEP 508), and does not belong to it.
            let bare =
                name.split(['=', '<', '>', '!', '~', ';', '[', '(', '@', ' ', ',']).find(|part| !part.is_empty());
            if let Some(package) = bare.filter(|bare| *bare != name).and_then(|bare| self.package(bare)) {
                let (package, version) = (package.name.clone(), package.version.clone());
                return PackageError::Specifier { name: name.to_owned(), package, version };
            }
            let canonical = canonical_name(bare.unwrap_or(name));
            // `sklearn` and `PIL` are what people import, not what the packages are called.
            let by_import = self.package_for_import(name).map(|package| package.canonical.as_str());
            let by_name = suggestions(&canonical, self.packages().iter().map(|package| package.canonical.as_str()));
            let mut suggestions: Vec<String> = by_import.into_iter().chain(by_name).map(str::to_owned).collect();
            suggestions.dedup();
            PackageError::Unknown { name: name.to_owned(), suggestions }
        })
    }

    /// Depth first without recursion: a lock file may be as deep as it likes.
    fn visit<'a>(
        &'a self,
        package: &'a Package,
        seen: &mut HashSet<&'a str>,
        order: &mut Vec<&'a Package>,
    ) -> Result<(), PackageError> {
        if !seen.insert(&package.canonical) {
            return Ok(());
        }
        let mut path = vec![(package, package.depends.iter())];
        while let Some((package, rest)) = path.last_mut() {
            let package: &'a Package = package;
            let Some(needs) = rest.next() else {
                order.push(package);
                path.pop();
                continue;
            };
            let Some(dependency) = self.package(needs) else {
                return Err(PackageError::MissingDependency { package: package.name.clone(), needs: needs.clone() });
            };
            if seen.insert(&dependency.canonical) {
                path.push((dependency, dependency.depends.iter()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock::tests::{lock, package};
    use super::{Lock, PackageError};

    fn order(lock: &Lock, names: &[&str]) -> String {
        lock.resolve(names).unwrap().iter().map(|p| p.canonical.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn dependencies_come_first_and_once() {
        let lock = lock(&[
            package("Top_Level", &[], &["left", "RIGHT"]),
            package("left", &[], &["base"]),
            package("right", &[], &["base"]),
            package("base", &[], &[]),
        ]);
        assert_eq!(order(&lock, &["top.level"]), "base left right top-level");
        assert_eq!(order(&lock, &["right", "top-level", "right"]), "base right left top-level");
        assert_eq!(order(&lock, &[]), "");
    }

    #[test]
    fn cycles_end() {
        let lock = lock(&[package("a", &[], &["b"]), package("b", &[], &["c"]), package("c", &[], &["a", "c"])]);
        assert_eq!(order(&lock, &["a"]), "c b a");
        assert_eq!(order(&lock, &["b"]), "a c b");
    }

    #[test]
    fn a_long_chain_does_not_overflow_the_stack() {
        let name = |i: usize| format!("p{i}");
        let mut packages: Vec<_> = (0..20_000).map(|i| package(&name(i), &[], &[&name(i + 1)])).collect();
        packages.push(package(&name(20_000), &[], &[]));
        assert_eq!(lock(&packages).resolve(&["p0"]).unwrap().len(), 20_001);
    }

    #[test]
    fn unknown_names_get_suggestions() {
        let lock = lock(&[package("numpy", &["numpy"], &[]), package("scikit-learn", &["sklearn"], &["gone"])]);
        let message = |name| lock.resolve(&[name]).unwrap_err().to_string();
        assert_eq!(message("nunpy"), "the release has no package 'nunpy'; did you mean 'numpy'?");
        assert_eq!(message("sklearn"), "the release has no package 'sklearn'; did you mean 'scikit-learn'?");
        assert_eq!(message("tensorflow"), "the release has no package 'tensorflow'");
        let error = lock.resolve(&["scikit-learn"]).unwrap_err();
        assert_eq!(error, PackageError::MissingDependency { package: "scikit-learn".into(), needs: "gone".into() });
    }
}

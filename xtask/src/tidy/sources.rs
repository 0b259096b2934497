//! What the checks read: the repository's files, Rust sources parsed, and the packages as cargo knows them.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// All that the checks look at.
#[derive(Default)]
pub(crate) struct Sources {
    /// Every file that git has or would take, by its path in the repository.
    pub files: Vec<File>,
    pub packages: Vec<Package>,
}

/// A file.
pub(crate) struct File {
    /// Relative to the repository, with slashes.
    pub path: String,
    pub text: String,
    /// The file parsed, if it is Rust.
    pub rust: Option<syn::File>,
}

/// A package of the workspace.
#[derive(Clone)]
pub(crate) struct Package {
    pub name: String,
    /// Its folder, relative to the repository.
    pub folder: String,
    /// Whether it may be published.
    pub is_published: bool,
    /// The fields of the manifest that have a value, of those that a registry shows.
    pub metadata: BTreeMap<String, String>,
    pub dependencies: Vec<Dependency>,
}

/// A dependency of a package, as its manifest names it.
#[derive(Clone, Deserialize)]
pub(crate) struct Dependency {
    pub name: String,
    pub rename: Option<String>,
    /// `dev`, `build`; none for an ordinary one.
    pub kind: Option<String>,
    pub req: String,
    pub path: Option<String>,
}

impl File {
    /// A file, which is parsed if it is Rust.
    pub(crate) fn new(path: &str, text: &str) -> syn::Result<Self> {
        let rust = if path.ends_with(".rs") { Some(syn::parse_file(text)?) } else { None };
        Ok(Self { path: path.to_owned(), text: text.to_owned(), rust })
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.rust.is_some()
    }

    /// Whether it is only compiled for tests: it lies under a `tests` folder, or is a module named so.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }
}

impl Sources {
    /// Reads a repository.
    pub(crate) fn read(root: &Path) -> Result<Self, Box<dyn Error>> {
        let mut files = Vec::new();
        for path in listed(root)? {
            // Deleted files and symbolic links are left out. A file that is not text counts as empty, so that links find it.
            if !root.join(&path).symlink_metadata().is_ok_and(|found| found.is_file()) {
                continue;
            }
            let text = std::fs::read_to_string(root.join(&path)).unwrap_or_default();
            files.push(File::new(&path, &text).map_err(|error| format!("{path}: {error}"))?);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, packages: packages(root)? })
    }

    /// The Rust sources.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&File, &syn::File)> {
        self.files.iter().filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    /// The Rust sources that a package is built from, its tests apart.
    pub(crate) fn library<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = (&'a File, &'a syn::File)> {
        let source = format!("{}/src/", package.folder);
        self.rust().filter(move |(file, _)| file.path.starts_with(&source) && !file.is_test())
    }

    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_published)
    }

    /// The package that a path belongs to: the innermost.
    pub(crate) fn package_of(&self, path: &str) -> Option<&Package> {
        let holds = |package: &&Package| path.starts_with(&format!("{}/", package.folder));
        self.packages.iter().filter(holds).max_by_key(|package| package.folder.len())
    }
}

/// The files that git has, and those that it would take.
fn listed(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(root);
    let output = git.output()?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}

/// What `cargo metadata` prints, as far as it is of interest.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: String,
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

fn packages(root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root);
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let root = root.canonicalize()?;
    metadata.packages.into_iter().map(|package| Package::new(package, &root)).collect()
}

impl Package {
    fn new(found: MetadataPackage, root: &Path) -> Result<Self, Box<dyn Error>> {
        let folder = Path::new(&found.manifest_path).parent().ok_or("a manifest lies in a folder")?.canonicalize()?;
        let folder = folder.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        let value = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Array(list) if !list.is_empty() => Some(serde_json::Value::from(list).to_string()),
            _ => None,
        };
        let metadata = found.others.into_iter().filter_map(|(name, found)| Some((name, value(found)?)));
        Ok(Self {
            name: found.name,
            folder,
            is_published: found.publish.is_none_or(|registries| !registries.is_empty()),
            metadata: metadata.collect(),
            dependencies: found.dependencies,
        })
    }
}

#[cfg(test)]
impl Sources {
    /// Sources of a test: paths and texts, and packages.
    pub(crate) fn of(files: &[(&str, &str)], packages: Vec<Package>) -> Self {
        let files = files.iter().map(|(path, text)| File::new(path, text).unwrap());
        Self { files: files.collect(), packages }
    }
}

#[cfg(test)]
impl Package {
    /// A published package of a test, in the folder of its name.
    pub(crate) fn of(name: &str, dependencies: Vec<Dependency>) -> Self {
        Self {
            name: name.to_owned(),
            folder: name.to_owned(),
            is_published: true,
            metadata: BTreeMap::new(),
            dependencies,
        }
    }
}

#[cfg(test)]
impl Dependency {
    /// An ordinary dependency of a test, on a package of the workspace when it has a path.
    pub(crate) fn of(name: &str, req: &str, path: Option<&str>) -> Self {
        Self { name: name.to_owned(), rename: None, kind: None, req: req.to_owned(), path: path.map(str::to_owned) }
    }
}

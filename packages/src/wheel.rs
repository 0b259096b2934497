//! What a package contributes to the guest's tree.
//!
//! Replaces `unpack_buffer`, `set_wheel_metadata` and `install_datafiles` of Pyodide's `_package_loader.py`. More than upstream
//! does: `.data/purelib` and `.data/platlib` go where pip puts them, and nothing of `.data` stays behind in `site-packages`.
//! Left out on purpose: `.data/scripts` and `.data/headers` (there is no process to run them and no compiler), the `.tar`s
//! that hold unvendored tests, and preloading of `.so` files (imports load them).

use super::adapted::adapt;
use super::archive::{ArchiveError, ArchiveProblem, TreeFile, is_safe_path, read_zip};
use super::lock::{InstallDir, Package};
use super::name::canonical_name;
use super::site::SitePaths;

/// What `importlib.metadata` says installed a package, as upstream writes it (`loadPackage`, default channel).
const METADATA: [(&str, &str); 2] = [("INSTALLER", "pyodide.loadPackage"), ("PYODIDE_SOURCE", "pyodide")];

/// The files of the standard library, from `python_stdlib.zip`.
///
/// # Errors
/// [`ArchiveError`] when it is damaged.
pub fn unpack_stdlib(file_name: &str, bytes: &[u8], site: &SitePaths) -> Result<Vec<TreeFile>, ArchiveError> {
    unpack_into(bytes, site.stdlib_zip()).map_err(|problem| ArchiveError { file: file_name.to_owned(), problem })
}

/// The files that `package` puts into the guest's tree, from the bytes of its file, which have been checked against the
/// digest in the lock.
///
/// # Errors
/// [`ArchiveError`] when it is damaged, or is a kind of file that cannot be unpacked.
pub fn unpack_package(package: &Package, bytes: &[u8], site: &SitePaths) -> Result<Vec<TreeFile>, ArchiveError> {
    let target = match package.install_dir {
        InstallDir::Site => site.site_packages(),
        InstallDir::Dynlib => site.dynlib(),
        InstallDir::Stdlib => site.stdlib(),
    };
    let extension = package.file_name.rsplit('.').next().unwrap_or_default();
    let files = match extension {
        "whl" => unpack_wheel(package, bytes, target),
        "zip" => unpack_into(bytes, target),
        _ => Err(ArchiveProblem::Kind),
    };
    files.map_err(|problem| ArchiveError { file: package.file_name.clone(), problem })
}

fn unpack_into(bytes: &[u8], target: &str) -> Result<Vec<TreeFile>, ArchiveProblem> {
    let mut files = read_zip(bytes)?;
    for file in &mut files {
        file.path = format!("{target}/{}", file.path);
    }
    Ok(files)
}

fn unpack_wheel(package: &Package, bytes: &[u8], target: &str) -> Result<Vec<TreeFile>, ArchiveProblem> {
    let files = read_zip(bytes)?;
    let info = special_directory(&files, package, ".dist-info").ok_or(ArchiveProblem::NoMetadata(".dist-info"))?;
    let data = special_directory(&files, package, ".data");
    let mut placed = Vec::with_capacity(files.len() + METADATA.len());
    let mut newest = Default::default();
    for mut file in files {
        let is_replaced =
            file.path.strip_prefix(&info).is_some_and(|rest| METADATA.iter().any(|(name, _)| rest == *name));
        let Some(path) = place(&file.path, target, data.as_deref()) else { continue };
        if !is_replaced {
            adapt(&mut file.bytes, &file.path);
            file.path = path;
            newest = file.mtime.max(newest);
            placed.push(file);
        }
    }
    placed.extend(METADATA.iter().map(|(name, text)| TreeFile {
        path: format!("{target}/{info}{name}"),
        mtime: newest,
        bytes: text.as_bytes().to_vec(),
    }));
    Ok(placed)
}

/// The top directory of the wheel that ends in `suffix` and belongs to `package`, with a slash at its end.
fn special_directory(files: &[TreeFile], package: &Package, suffix: &str) -> Option<String> {
    let mut tops = files.iter().filter_map(|file| file.path.split_once('/')).map(|(top, _)| top);
    let is_ours = |top: &&str| top.ends_with(suffix) && canonical_name(top).starts_with(&package.canonical);
    tops.find(is_ours).map(|top| format!("{top}/"))
}

/// Where the entry `path` of a wheel goes; `None` when it is not installed.
fn place(path: &str, target: &str, data: Option<&str>) -> Option<String> {
    let Some(rest) = data.and_then(|data| path.strip_prefix(data)) else {
        return Some(format!("{target}/{path}"));
    };
    let (scheme, rest) = rest.split_once('/')?;
    match scheme {
        // sys.prefix is `/`.
        "data" => Some(rest.to_owned()).filter(|rest| is_safe_path(rest)),
        "purelib" | "platlib" => Some(format!("{target}/{rest}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::zip_of;
    use super::super::lock::tests::{lock, package};
    use super::{ArchiveProblem, SitePaths, unpack_package, unpack_stdlib};
    use crate::{InstallDir, Package, TreeFile};

    fn wheel_package() -> Package {
        let mut package = lock(&[package("My_Pkg", &["my_pkg"], &[])]).packages().first().unwrap().clone();
        package.file_name = "my_pkg-1.0-py3-none-any.whl".into();
        package
    }

    fn text_of<'a>(files: &'a [TreeFile], path: &str) -> Option<&'a str> {
        files.iter().find(|file| file.path == path).map(|file| std::str::from_utf8(&file.bytes).unwrap())
    }

    #[test]
    fn every_part_of_a_wheel_goes_to_its_place() {
        let wheel = zip_of(&[
            ("my_pkg/__init__.py", b"code"),
            ("my_pkg-1.0.dist-info/METADATA", b"Name: My_Pkg"),
            ("my_pkg-1.0.dist-info/INSTALLER", b"someone else"),
            ("my_pkg-1.0.data/data/share/my/x.txt", b"shared"),
            ("my_pkg-1.0.data/purelib/pure.py", b"pure"),
            ("my_pkg-1.0.data/platlib/plat.py", b"plat"),
            ("my_pkg-1.0.data/scripts/run", b"#!python"),
            ("my_pkg-1.0.data/stray", b"?"),
            ("other-2.data/data/x", b"not ours"),
        ]);
        let files = unpack_package(&wheel_package(), &wheel, &SitePaths::new(3, 14)).unwrap();
        let site = |path: &str| text_of(&files, &format!("lib/python3.14/site-packages/{path}"));
        assert_eq!(site("my_pkg/__init__.py"), Some("code"));
        assert_eq!(site("my_pkg-1.0.dist-info/METADATA"), Some("Name: My_Pkg"));
        assert_eq!(site("my_pkg-1.0.dist-info/INSTALLER"), Some("pyodide.loadPackage"));
        assert_eq!(site("my_pkg-1.0.dist-info/PYODIDE_SOURCE"), Some("pyodide"));
        assert_eq!(site("pure.py"), Some("pure"));
        assert_eq!(site("plat.py"), Some("plat"));
        assert_eq!(text_of(&files, "share/my/x.txt"), Some("shared"));
        assert_eq!(site("other-2.data/data/x"), Some("not ours"));
        assert_eq!(files.len(), 8);
    }

    #[test]
    fn a_shared_library_goes_to_usr_lib() {
        let mut package = wheel_package();
        package.install_dir = InstallDir::Dynlib;
        package.file_name = "libx-1.0.zip".into();
        let files = unpack_package(&package, &zip_of(&[("libx.so", b"\0asm")]), &SitePaths::new(3, 14)).unwrap();
        assert_eq!(text_of(&files, "usr/lib/libx.so"), Some("\0asm"));
    }

    #[test]
    fn what_is_no_wheel_is_refused_by_name() {
        let error =
            |package: &Package, bytes: &[u8]| unpack_package(package, bytes, &SitePaths::new(3, 14)).unwrap_err();
        let mut package = wheel_package();
        let message = error(&package, b"<html>404").to_string();
        assert!(
            message.starts_with("my_pkg-1.0-py3-none-any.whl is damaged (") && message.ends_with("): fetch it again"),
            "{message}"
        );
        let foreign = zip_of(&[("pandas-1.dist-info/METADATA", b"")]);
        assert!(matches!(error(&package, &foreign).problem, ArchiveProblem::NoMetadata(_)));
        package.file_name = "my_pkg-tests.tar".into();
        assert!(matches!(error(&package, b"").problem, ArchiveProblem::Kind));
    }

    #[test]
    fn the_standard_library_lies_in_a_directory_called_zip() {
        let files =
            unpack_stdlib("python_stdlib.zip", &zip_of(&[("json/__init__.py", b"")]), &SitePaths::new(3, 14)).unwrap();
        assert_eq!(text_of(&files, "lib/python314.zip/json/__init__.py"), Some(""));
    }
}

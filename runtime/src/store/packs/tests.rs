//! Packs made with a compiler that only counts: when one is made, kept, and made again.

use std::cell::Cell;
use std::io::{Cursor, Write};
use std::sync::Arc;

use pyrun_memfs::{FixedClock, Layer, NullStream, StorageLimits, Vfs, VfsConfig};
use pyrun_packages::{Digest, Lock, Optimization, Package, SitePaths};

use super::{Assets, BytecodeCompiler, Cache, Error, Packs, Part};
use crate::store::home::Home;

/// Answers every request with the same code, and counts how often it is asked.
#[derive(Default)]
struct FakeCompiler {
    runs: Cell<usize>,
    breaks_off: bool,
}

impl BytecodeCompiler for FakeCompiler {
    fn compile(
        &self,
        _what: &str,
        layers: Vec<Arc<dyn Layer>>,
        _optimization: Optimization,
        request: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        self.runs.set(self.runs.get() + 1);
        let mut vfs = file_system(&layers);
        let mut output = Vec::new();
        for path in request.split_inclusive(|byte| *byte == 0) {
            let path = path.strip_suffix(b"\0").unwrap();
            assert!(vfs.read_file(path).is_ok(), "the sources are where they will be");
            let pyc = [&b"PYC!"[..], &[0; 12], b"code"].concat();
            output.extend([path.len() as u32, pyc.len() as u32].map(u32::to_le_bytes).concat());
            output.extend([path, &pyc].concat());
        }
        if !self.breaks_off {
            output.extend([0; 8]);
        }
        Ok(output)
    }
}

fn file_system(layers: &[Arc<dyn Layer>]) -> Vfs {
    let mut vfs = Vfs::new(VfsConfig {
        clock: Box::new(FixedClock::default()),
        entropy: Box::new(crate::host::SystemEntropy),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: StorageLimits::default(),
    });
    for layer in layers {
        vfs.mount_layer(b"/", layer.clone()).unwrap();
    }
    vfs
}

struct Release {
    folder: tempfile::TempDir,
    package: Package,
}

/// A release with one wheel. Its core files have the right length only, and are never read here.
fn release() -> Release {
    let folder = tempfile::tempdir().unwrap();
    let release = Home::at(folder.path()).release("314.0.3").unwrap();
    std::fs::create_dir_all(release.wheels()).unwrap();
    std::fs::File::create(release.path().join("pyodide.asm.wasm")).unwrap().set_len(9_596_462).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in
        [("toy/__init__.py", "x = 1"), ("toy/data.txt", "data"), ("toy-1.dist-info/METADATA", "Name: toy")]
    {
        writer.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    let wheel = writer.finish().unwrap().into_inner();
    std::fs::write(release.wheels().join("toy-1.whl"), &wheel).unwrap();
    let lock = format!(
        r#"{{"info": {{"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.0"}},
        "packages": {{"toy": {{"name": "toy", "version": "1", "file_name": "toy-1.whl", "install_dir": "site", "sha256": "{}",
        "package_type": "package", "imports": ["toy"], "depends": []}}}}}}"#,
        Digest::of(&wheel)
    );
    let package = Lock::parse(lock.as_bytes()).unwrap().packages().first().unwrap().clone();
    Release { folder, package }
}

impl Release {
    fn packs(&self) -> Packs {
        let home = Home::at(self.folder.path());
        let cache = Cache::open(home.cache_path());
        Packs::new(Assets::new(home.release("314.0.3").unwrap()), Arc::new(cache), SitePaths::new(3, 14))
    }

    fn wheel(&self) -> std::path::PathBuf {
        self.folder.path().join("releases/314.0.3/wheels/toy-1.whl")
    }

    fn pack(&self, compiler: &FakeCompiler) -> Result<Arc<dyn Layer>, Error> {
        Ok(self.layers(Optimization::None, compiler)?.remove(0))
    }

    fn layers(&self, level: Optimization, compiler: &FakeCompiler) -> Result<Vec<Arc<dyn Layer>>, Error> {
        let library = Arc::new(pyrun_memfs::ZipLayer::open("empty", Arc::new(empty_zip())).unwrap());
        self.packs().layers(Part::Package(&self.package), level, Some(&(library as Arc<dyn Layer>)), compiler)
    }
}

fn empty_zip() -> Vec<u8> {
    zip::ZipWriter::new(Cursor::new(Vec::new())).finish().unwrap().into_inner()
}

#[test]
fn a_pack_is_made_once_and_then_needs_no_wheel() {
    let release = release();
    let compiler = FakeCompiler::default();
    let first = release.pack(&compiler).unwrap();
    std::fs::remove_file(release.wheel()).unwrap();
    let second = release.pack(&compiler).unwrap();
    assert_eq!(compiler.runs.get(), 1);
    assert_eq!(first.identity(), second.identity());

    let mut vfs = file_system(&[second]);
    let site = "/lib/python3.14/site-packages";
    let mut read = |path: &str| vfs.read_file(format!("{site}/{path}").as_bytes()).unwrap();
    assert_eq!(read("toy/__init__.py"), b"x = 1");
    assert_eq!(read("toy-1.dist-info/INSTALLER"), b"pyodide.loadPackage");
    let pyc = read("toy/__pycache__/__init__.cpython-314.pyc");
    let source = vfs.stat(pyrun_memfs::AT_FDCWD, format!("{site}/toy/__init__.py").as_bytes(), true).unwrap();
    assert_eq!(pyc.get(8..12).unwrap(), &(source.mtime.secs as u32).to_le_bytes(), "what CPython compares");
    assert_eq!(pyc.get(12..16).unwrap(), &(source.size as u32).to_le_bytes());
}

#[test]
fn a_wrong_wheel_is_refused_by_name() {
    let release = release();
    std::fs::write(release.wheel(), "another file").unwrap();
    let message = release.pack(&FakeCompiler::default()).err().unwrap().to_string();
    assert!(message.contains("toy-1.whl is not the file of release 314.0.3"), "{message}");
    assert!(message.ends_with("`./assets-fetch.sh --wheels toy`"), "{message}");
    std::fs::remove_file(release.wheel()).unwrap();
    let message = release.pack(&FakeCompiler::default()).err().unwrap().to_string();
    assert!(message.contains("toy-1.whl is missing: run `./assets-fetch.sh --wheels toy`"), "{message}");
}

#[test]
fn what_was_not_compiled_to_the_end_is_not_kept() {
    let release = release();
    let broken = FakeCompiler { breaks_off: true, ..FakeCompiler::default() };
    assert!(release.pack(&broken).is_err());
    assert!(release.pack(&FakeCompiler::default()).is_ok());
}

#[test]
fn a_level_of_optimisation_has_a_pack_of_its_own_without_the_sources() {
    let release = release();
    let compiler = FakeCompiler::default();
    release.pack(&compiler).unwrap();
    for _ in 0..2 {
        let layers = release.layers(Optimization::Docstrings, &compiler).unwrap();
        assert_eq!(layers.len(), 2);
        let cached = "/lib/python3.14/site-packages/toy/__pycache__/__init__.cpython-314";
        let mut vfs = file_system(&layers);
        assert!(vfs.read_file(format!("{cached}.pyc").as_bytes()).is_ok());
        assert!(vfs.read_file(format!("{cached}.opt-2.pyc").as_bytes()).is_ok());
        let mut alone = file_system(layers.get(1..).unwrap());
        assert!(alone.read_file(format!("{cached}.opt-2.pyc").as_bytes()).is_ok());
        assert!(alone.read_file(b"/lib/python3.14/site-packages/toy/__init__.py").is_err());
    }
    assert_eq!(compiler.runs.get(), 2);
}

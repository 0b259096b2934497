//! Folders of the host that hostile programs are let at.

use std::path::PathBuf;

use pyrun::Grants;

/// Folders of the host: one to read, one to write, in each a file and a folder; one outside, to which links in the writable one
/// lead.
pub(super) struct World {
    base: tempfile::TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        let world = Self { base: tempfile::tempdir().unwrap() };
        for folder in ["ro/folder", "rw/folder", "outside"] {
            std::fs::create_dir_all(world.at(folder)).unwrap();
        }
        std::fs::write(world.at("ro/file"), "read").unwrap();
        std::fs::write(world.at("rw/file"), "write").unwrap();
        std::fs::write(world.at("outside/secret"), "outside").unwrap();
        for (text, name) in
            [("/etc", "absolute"), ("../outside", "upwards"), ("folder", "inside"), ("../outside/new", "dangling")]
        {
            std::os::unix::fs::symlink(text, world.at("rw").join(name)).unwrap();
        }
        world
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.base.path().join(path)
    }

    pub(super) fn grants(&self) -> Grants {
        Grants::new().folder(&self.at("ro"), "/ro", false).folder(&self.at("rw"), "/rw", true)
    }

    /// The names in a folder, and the contents of the files.
    pub(super) fn listing(&self, path: &str) -> Vec<(String, String)> {
        let mut names: Vec<_> = std::fs::read_dir(self.at(path))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap_or_default())
            })
            .collect();
        names.sort();
        names
    }
}

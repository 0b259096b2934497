//! Folders and overlays beside each other; what an observer and an image are told of folders.

use std::sync::{Arc, Mutex};

use pyrun_memfs::{AT_FDCWD, Asked, ChangeKind, Errno, FilePlace, FreezeError, MapFile, MapLayer, Observer, OpenFlags};

use super::common::{open, vfs};
use super::table::{Body, Table};

fn layer() -> Arc<MapLayer> {
    Arc::new(MapLayer::new("layer", vec![MapFile::new("f", *b"text")]).unwrap())
}

#[test]
fn an_overlay_is_neither_in_a_folder_nor_under_it() {
    let mut vfs = vfs();
    vfs.create_dir_all(b"/point").unwrap();
    let hidden = open(&mut vfs, "/point", OpenFlags::DIRECTORY);
    vfs.mount_folder(b"/point", Box::new(Table::with(&[])), true).unwrap();
    for at in ["/point", "/point/new"] {
        assert_eq!(vfs.mount_overlay(at.as_bytes(), layer()).unwrap_err(), Errno::XDev, "{at}");
        assert_eq!(vfs.mount_layer(at.as_bytes(), layer()).unwrap_err(), Errno::XDev, "{at}");
    }
    // What the folder hides is reached by who has opened it before.
    let at = format!("/proc/self/fd/{hidden}");
    assert_eq!(vfs.mount_overlay(at.as_bytes(), layer()).unwrap_err(), Errno::NotEmpty);
}

#[test]
fn what_is_in_a_folder_is_no_change_of_the_overlay_around_it() {
    let mut vfs = vfs();
    let overlay = vfs.mount_overlay(b"/o", layer()).unwrap();
    vfs.mount_folder(b"/o/folder", Box::new(Table::with(&[("host", Body::File(Vec::new()))])), true).unwrap();
    vfs.write_file(b"/o/folder/new", b"").unwrap();
    let mut told = Vec::new();
    let whole = vfs.overlay_changes(&overlay, |_, change| {
        told.push((change.path, change.change));
        true
    });
    assert_eq!((whole, told), (Ok(true), vec![(b"folder".to_vec(), ChangeKind::Added)]));
}

#[derive(Clone, Default)]
struct Places(Arc<Mutex<Vec<(String, FilePlace, bool)>>>);

impl Observer for Places {
    fn asked(&mut self, asked: &Asked<'_>) {
        if let Asked::File(file) = asked {
            let path = String::from_utf8_lossy(file.path).into_owned();
            self.0.lock().unwrap().push((path, file.place, file.existed));
        }
    }
}

#[test]
fn an_observer_is_told_which_folder_it_is() {
    let mut vfs = vfs();
    vfs.mount_overlay(b"/o", layer()).unwrap();
    for at in ["/a", "/o/b"] {
        vfs.mount_folder(at.as_bytes(), Box::new(Table::with(&[("f", Body::File(Vec::new()))])), true).unwrap();
    }
    let told = Places::default();
    vfs.observe(Box::new(told.clone()));
    for (path, place, existed) in [
        ("/a", FilePlace::Folder(0), true),
        ("/a/f", FilePlace::Folder(0), true),
        ("/a/none", FilePlace::Folder(0), false),
        ("/a/none/x", FilePlace::Folder(0), false),
        ("/o/b", FilePlace::Folder(1), true),
        ("/o/b/f", FilePlace::Folder(1), true),
        ("/o/b/none", FilePlace::Folder(1), false),
        ("/o", FilePlace::Overlay(0), true),
        ("/o/f", FilePlace::Overlay(0), true),
        ("/o/none", FilePlace::Overlay(0), false),
        ("/none", FilePlace::Own, false),
    ] {
        let found = vfs.stat(AT_FDCWD, path.as_bytes(), true).is_ok();
        assert_eq!((found, told.0.lock().unwrap().pop()), (existed, Some((path.to_owned(), place, existed))));
    }
    let fd = open(&mut vfs, "/o/b/f", OpenFlags::RDONLY);
    vfs.fchmod(fd, 0o600).unwrap();
    assert_eq!(told.0.lock().unwrap().pop(), Some(("/o/b/f".to_owned(), FilePlace::Folder(1), true)));
}

/// Whatever of a folder is open, by whatever way, is in no image.
#[test]
fn an_image_says_what_is_open_in_a_folder() {
    for (at, path) in [("/a", "/a"), ("/a", "/a/f"), ("/", "/f"), ("/", "/"), ("/a", "/proc/self/fd/3")] {
        let mut vfs = vfs();
        // Which is in memory, whatever lies over the root later.
        vfs.chdir(b"/tmp").unwrap();
        vfs.mount_folder(at.as_bytes(), Box::new(Table::with(&[("f", Body::File(Vec::new()))])), true).unwrap();
        let by_link = path.starts_with("/proc");
        let first = open(&mut vfs, if by_link { "/a/f" } else { path }, OpenFlags::RDONLY);
        let refused = |fd, path: &str| Err(FreezeError::FolderDescriptor { fd, path: path.as_bytes().to_vec() });
        assert_eq!(vfs.freeze().map(drop), refused(first, if by_link { "/a/f" } else { path }));
        if by_link {
            let second = open(&mut vfs, path, OpenFlags::RDONLY);
            vfs.close(first).unwrap();
            assert!(matches!(vfs.freeze(), Err(FreezeError::FolderDescriptor { fd, .. }) if fd == second));
            vfs.close(second).unwrap();
            assert!(vfs.freeze().is_ok());
        }
    }
}

//! Folders and overlays beside each other.

use std::sync::Arc;

use pyrun_memfs::{ChangeKind, Errno, MapFile, MapLayer, OpenFlags};

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

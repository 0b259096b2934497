//! What is told of the disk that a folder is on.

use super::*;

/// What an untrusted guest is told of the disk: nothing that another one could change.
#[test]
fn a_disguised_folder_has_numbers_of_its_own() {
    let mut t = Fixture::new();
    fs::hard_link(t.at("granted/file"), t.at("granted/same")).unwrap();
    let mut one = HostFolder::open(t.at("granted"), FolderRights::ReadWrite).unwrap().disguised();
    let number = |folder: &mut HostFolder, name: &str| {
        let node = folder.lookup(ROOT, name.as_bytes()).unwrap().node;
        folder.get_attr(node).unwrap().ino
    };
    let told = number(&mut one, "file");
    assert_ne!(told, fs::metadata(t.at("granted/file")).unwrap().ino());
    assert_eq!(told, number(&mut one, "same"));
    assert_ne!(told, number(&mut one, "sub"));
    one.rename(ROOT, b"file", ROOT, b"moved").unwrap();
    for entry in one.read_dir(ROOT, &mut unlimited()).unwrap() {
        let name = String::from_utf8(entry.name).unwrap();
        assert_eq!(entry.ino, number(&mut one, &name), "{name}");
    }
    assert_eq!(told, number(&mut one, "moved"));
    let mut other = HostFolder::open(t.at("granted"), FolderRights::ReadWrite).unwrap().disguised();
    assert_ne!(told, number(&mut other, "moved"), "they do not tell each other which file they mean");
    let space = one.stat_fs().unwrap();
    assert_eq!((space.blocks, space.bfree, space.ffree), (1 << 28, 1 << 28, 1 << 28));
    assert_ne!(t.folder.stat_fs().unwrap().blocks, space.blocks);
}

//! What the host holds for the files that a guest has met.

use super::*;

/// What the table of nodes says that it holds is what its nodes take, whatever was done, and all of it is within the account.
#[test]
fn nodes_are_charged() {
    let t = Fixture::new();
    let account = Budget::new(20_000);
    let mut folder = HostFolder::open(t.at("granted"), FolderRights::ReadWrite).unwrap().charged_to(&account);
    let sub = folder.lookup(ROOT, b"sub").unwrap().node;
    let key = folder.lookup(sub, b"key").unwrap().node;
    folder.open(key, READ).unwrap();
    let before = account.used();
    assert!(before > 0);
    for round in 0..3 {
        for i in 0..300 {
            let (name, other) = (format!("f{i}"), format!("{}{i}", "long".repeat(20)));
            let made = folder.create(ROOT, name.as_bytes(), 0o644).unwrap();
            folder.link(made.node, ROOT, other.as_bytes()).unwrap();
            assert_eq!(account.used(), folder.nodes.held(), "round {round}, {i}");
            assert!(account.used() <= account.limit());
        }
        assert_eq!(folder.read_at(key, 0, &mut [0; 8]), Ok(6), "what is open stays");
        for i in 0..300 {
            folder.rename(ROOT, format!("f{i}").as_bytes(), ROOT, format!("g{i}").as_bytes()).unwrap();
            folder.unlink(ROOT, format!("g{i}").as_bytes()).unwrap();
            folder.unlink(ROOT, format!("{}{i}", "long".repeat(20)).as_bytes()).unwrap();
            assert_eq!(account.used(), folder.nodes.held(), "round {round}, {i}");
        }
    }
    folder.close(key, READ);
    drop(folder);
    assert_eq!(account.used(), 0);
    // An account in which nothing fits.
    let mut folder = HostFolder::open(t.at("granted"), FolderRights::ReadOnly).unwrap().charged_to(&Budget::new(100));
    assert_eq!(folder.lookup(ROOT, b"sub"), Err(Errno::NoMem));
}

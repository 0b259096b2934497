//! What the host holds for the files that a guest has met.

use pyrun_emscripten_shim::guest::gate::Gate;

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

/// Directories of a moved one are held by name alone, and charged: not by their paths, of which these would be 2 MB.
#[test]
fn a_directory_that_moves_up_is_looked_at_within_the_account() {
    let t = Fixture::new();
    let mut path = t.at("granted/sub/deep");
    for _ in 0..200 {
        path.push("d");
        fs::create_dir(&path).unwrap();
    }
    for i in 0..1000 {
        fs::create_dir(path.join(format!("{i}"))).unwrap();
    }
    let moved = |room: u64| {
        let account = Budget::new(room);
        let mut folder = HostFolder::open(t.at("granted"), FolderRights::ReadWrite).unwrap().charged_to(&account);
        let sub = folder.lookup(ROOT, b"sub").unwrap().node;
        let done = folder.rename(sub, b"deep", ROOT, b"up");
        drop(folder);
        assert_eq!(account.used(), 0);
        assert!(account.peak() < 100_000);
        done
    };
    assert_eq!(moved(20_000), Err(Errno::NoMem));
    assert!(t.at("granted/sub/deep").exists());
    assert_eq!(moved(1 << 20), Ok(()));
    assert!(t.at("granted/up/d").exists());
}

/// Of a guest that is stopped, no directory is gone through any further.
#[test]
fn a_stopped_guest_is_listed_nothing() {
    let t = Fixture::new();
    for steady in [false, true] {
        let (gate, account) = (Gate::new(), Arc::new(Account::default()));
        account.watch_memory(gate.clone());
        let folder = HostFolder::open(t.at("granted"), FolderRights::ReadWrite).unwrap().watched_by(&account);
        let mut folder = if steady { folder.steady() } else { folder };
        let sub = folder.lookup(ROOT, b"sub").unwrap().node;
        assert_eq!(folder.read_dir(ROOT, &mut unlimited()).map(|entries| entries.len()), Ok(2));
        gate.stop();
        assert_eq!(folder.read_dir(ROOT, &mut unlimited()).map(|_| ()), Err(Errno::Intr));
        assert_eq!(folder.rename(sub, b"deep", ROOT, b"up"), Err(Errno::Intr));
        assert!(t.at("granted/sub/deep").exists() && !t.at("granted/up").exists());
    }
}

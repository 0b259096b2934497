//! The cache against damage, strangers, rivals and folders that cannot be written.

use std::convert::Infallible;
use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicU32;

use super::*;

fn key(text: &str) -> Key {
    Key::new(&KeyParts { kind: Kind::Artifact, source: &[1; 32], versions: &[text] })
}

struct Fixture {
    folder: tempfile::TempDir,
    cache: Cache,
}

impl Fixture {
    /// A cache with one entry.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("cache"));
        cache.publish(&key("a"), &payload(), b"info\n\0more");
        Self { folder, cache }
    }

    fn entry(&self, name: &str) -> PathBuf {
        self.folder.path().join("cache/v1/artifacts").join(key(name).hex())
    }

    fn payload_file(&self) -> PathBuf {
        fs::read_dir(self.entry("a"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|ending| ending == "bin"))
            .unwrap()
    }

    /// Whether it is refused, removed, and can be made again.
    #[track_caller]
    fn assert_unusable(&self) {
        assert!(self.cache.lookup(&key("a")).is_none());
        assert!(!self.entry("a").exists());
        assert_eq!(self.cache.publish(&key("a"), &payload(), b"again").info(), b"again");
        assert_eq!(self.cache.lookup(&key("a")).unwrap().read().unwrap(), payload());
    }
}

fn payload() -> Vec<u8> {
    (0..100_000_u32).flat_map(u32::to_le_bytes).collect()
}

#[test]
fn what_was_stored_comes_back() {
    let t = Fixture::new();
    for cache in [&t.cache, &Cache::open(t.folder.path().join("cache"))] {
        let entry = cache.lookup(&key("a")).unwrap();
        assert!(matches!(entry.payload(), Payload::File(_)));
        assert_eq!(entry.read().unwrap(), payload());
        assert_eq!(entry.info(), b"info\n\0more");
        assert!(cache.lookup(&key("b")).is_none());
    }
    let replaced = t.cache.publish(&key("a"), b"other", b"");
    assert_eq!(replaced.read().unwrap(), b"other");
    assert_eq!(t.cache.lookup(&key("a")).unwrap().read().unwrap(), b"other");
    t.cache.publish(&key("a"), b"", b"");
    assert_eq!(t.cache.lookup(&key("a")).unwrap().read().unwrap(), b"");
}

#[test]
fn everything_is_this_users_alone() {
    let t = Fixture::new();
    for path in [t.entry("a"), t.payload_file(), t.entry("a").join("manifest"), t.entry("a").join("verified")] {
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o077, 0, "{}", path.display());
    }
    assert_eq!(fs::metadata(t.folder.path().join("cache")).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn truncation_is_found() {
    let t = Fixture::new();
    fs::File::options().write(true).open(t.payload_file()).unwrap().set_len(1000).unwrap();
    t.assert_unusable();
}

#[test]
fn a_flipped_bit_is_found_even_with_the_old_time() {
    for restore_time in [false, true] {
        let t = Fixture::new();
        let path = t.payload_file();
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[200_000] ^= 1;
        fs::write(&path, &bytes).unwrap();
        if restore_time {
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }
        t.assert_unusable();
    }
}

#[test]
fn every_damaged_byte_of_the_manifest_is_found() {
    let t = Fixture::new();
    let path = t.entry("a").join("manifest");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        assert_eq!(manifest::Manifest::decode(&bytes, &key("a")), None, "byte {at}");
        assert_eq!(manifest::Manifest::decode(&whole[..at], &key("a")), None, "length {at}");
    }
    assert!(manifest::Manifest::decode(&whole, &key("a")).is_some());
    assert!(manifest::Manifest::decode(&whole, &key("b")).is_none());
    fs::write(&path, &whole[..20]).unwrap();
    t.assert_unusable();
}

#[test]
fn an_entry_under_another_key_is_refused() {
    let t = Fixture::new();
    fs::rename(t.entry("a"), t.entry("b")).unwrap();
    assert!(t.cache.lookup(&key("b")).is_none());
    assert!(!t.entry("b").exists());
}

#[test]
fn a_payload_that_is_missing_or_a_link_is_refused() {
    let t = Fixture::new();
    fs::remove_file(t.payload_file()).unwrap();
    t.assert_unusable();
    let path = t.payload_file();
    let elsewhere = t.folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    t.assert_unusable();
    assert!(elsewhere.exists());
}

#[test]
fn what_others_can_write_is_refused() {
    let t = Fixture::new();
    for mode in [0o620, 0o602] {
        fs::set_permissions(t.payload_file(), fs::Permissions::from_mode(mode)).unwrap();
        t.assert_unusable();
        fs::set_permissions(t.entry("a"), fs::Permissions::from_mode(mode | 0o100)).unwrap();
        t.assert_unusable();
    }
    let root = t.folder.path().join("cache");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
    let cache = Cache::open(&root);
    assert!(!cache.is_on_disk());
    assert!(cache.lookup(&key("a")).is_none());
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    let t = Fixture::new();
    let root = t.folder.path().join("cache");
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(t.payload_file(), Some(12_345), None).unwrap();
        t.assert_unusable();
        std::os::unix::fs::chown(&root, Some(12_345), None).unwrap();
        assert!(!Cache::open(&root).is_on_disk());
    } else {
        // Only root can give files away, so the same file is seen with the eyes of another user.
        let metadata = fs::metadata(&root).unwrap();
        let (owner, mode) = (metadata.uid(), metadata.mode());
        assert!(trust::problem(owner + 1, owner, mode).is_some_and(|why| why.contains("belongs to user")));
    }
}

#[test]
fn whose_files_are_trusted() {
    for (user, owner, mode, trusted) in [
        (1000, 1000, 0o600, true),
        (1000, 0, 0o644, true),
        (1000, 1001, 0o600, false),
        (0, 1000, 0o600, false),
        (1000, 1000, 0o620, false),
        (1000, 1000, 0o602, false),
        (1000, 0, 0o666, false),
    ] {
        assert_eq!(trust::problem(user, owner, mode).is_none(), trusted, "{user} {owner} {mode:o}");
    }
}

#[test]
fn the_hash_is_taken_again_when_the_machine_was_restarted() {
    let t = Fixture::new();
    let record = t.entry("a").join("verified");
    let known = fs::read_to_string(&record).unwrap();
    for other in [known.replace("boot ", "boot x"), String::new()] {
        fs::write(&record, &other).unwrap();
        assert!(t.cache.lookup(&key("a")).is_some());
        assert_eq!(fs::read_to_string(&record).unwrap(), known);
    }
    // A record that is right is believed: that is what it is for. This damage leaves no trace in the file's data.
    fs::remove_file(&record).unwrap();
    let path = t.payload_file();
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    fs::write(&record, manifest::fingerprint(&metadata, &manifest::boot_identity())).unwrap();
    fs::set_permissions(&record, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(t.cache.lookup(&key("a")).is_some());
}

#[test]
fn a_folder_that_cannot_be_used_means_memory() {
    let t = Fixture::new();
    let file = t.folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below"), "/proc/pyrun/cache".into()] {
        let cache = Cache::open(path);
        assert!(!cache.is_on_disk());
        let entry = cache.get_or_build(&key("a"), || Ok::<_, Infallible>((payload(), Vec::new()))).unwrap();
        assert!(matches!(entry.payload(), Payload::Memory(_)));
        let again = cache.get_or_build(&key("a"), || -> Result<_, Infallible> { unreachable!() }).unwrap();
        assert_eq!(again.read().unwrap(), payload());
        assert_eq!(cache.usage().unwrap(), CacheUsage::default());
        cache.clear().unwrap();
        assert!(cache.lookup(&key("a")).is_none());
    }
}

/// Root may write everywhere: there, only the reading is tested.
#[test]
fn a_read_only_folder_still_gives_what_it_has() {
    let t = Fixture::new();
    fs::remove_file(t.entry("a").join("verified")).unwrap();
    let root = t.folder.path().join("cache");
    let entry = t.entry("a");
    let folders = [entry.as_path(), &root.join("v1/artifacts"), &root.join("v1/locks"), &root.join("v1"), &root];
    let set_mode = |mode| {
        for folder in folders {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set_mode(0o500);
    let cache = Cache::open(&root);
    assert!(cache.is_on_disk());
    assert_eq!(cache.lookup(&key("a")).unwrap().read().unwrap(), payload());
    let made = cache.get_or_build(&key("b"), || Ok::<_, Infallible>((b"b".to_vec(), Vec::new()))).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    assert_eq!(matches!(made.payload(), Payload::File(_)), is_root);
    assert_eq!(cache.lookup(&key("b")).unwrap().read().unwrap(), b"b");
    set_mode(0o700);
}

#[test]
fn a_folder_that_stops_working_means_memory() {
    let t = Fixture::new();
    let kind = t.folder.path().join("cache/v1/artifacts");
    fs::remove_dir_all(&kind).unwrap();
    fs::write(&kind, "in the way").unwrap();
    let entry = t.cache.publish(&key("a"), b"bytes", b"info");
    assert!(matches!(entry.payload(), Payload::Memory(_)));
    assert_eq!(t.cache.lookup(&key("a")).unwrap().info(), b"info");
}

#[test]
fn a_full_disk_leaves_nothing_behind_and_the_old_entry_whole() {
    let t = Fixture::new();
    let disk = t.cache.disk.as_ref().unwrap();
    for room in [0, 1000, payload().len(), payload().len() + 100] {
        let left = std::cell::Cell::new(room);
        let error = disk
            .store_with(&key("a"), &payload(), b"new", |file, bytes| {
                let fits = bytes.len().min(left.get());
                left.set(left.get() - fits);
                file.write_all(&bytes[..fits])?;
                if fits == bytes.len() { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ENOSPC)) }
            })
            .unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
        assert_eq!(fs::read_dir(t.entry("a").parent().unwrap()).unwrap().count(), 1);
        assert_eq!(t.cache.lookup(&key("a")).unwrap().info(), b"info\n\0more");
    }
}

#[test]
fn usage_and_clear() {
    let t = Fixture::new();
    t.cache.publish(&key("b"), b"bb", b"");
    fs::write(t.folder.path().join("cache/notes.txt"), "not ours").unwrap();
    let _lock = t.cache.lock(&key("c"));
    let usage = t.cache.usage().unwrap();
    assert_eq!(usage.entries, 2, "a lock is no entry");
    assert!(usage.bytes > 400_000);
    assert_eq!(t.cache.clear().unwrap(), usage);
    assert_eq!(t.cache.usage().unwrap().entries, 0);
    assert!(t.folder.path().join("cache/notes.txt").exists());
    assert!(t.cache.lookup(&key("a")).is_none());
    t.cache.publish(&key("a"), b"x", b"");
    assert!(t.cache.lookup(&key("a")).is_some());
}

#[test]
fn the_oldest_entries_of_a_kind_go() {
    let fixture = Fixture::new();
    for (age, name) in ["old", "older", "oldest"].into_iter().enumerate() {
        fixture.cache.publish(&key(name), &payload(), b"");
        let entry = fs::File::open(fixture.entry(name)).unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(3600 * (age as u64 + 1));
        entry.set_modified(time).unwrap();
    }
    fixture.cache.prune(Kind::Artifact, 2);
    let there = ["a", "old", "older", "oldest"].map(|name| fixture.cache.lookup(&key(name)).is_some());
    assert_eq!(there, [true, true, false, false]);
    fixture.cache.prune(Kind::Pack, 0);
    assert!(fixture.cache.lookup(&key("a")).is_some(), "another kind");
}

#[test]
fn of_several_threads_one_builds() {
    let t = Fixture::new();
    let builds = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let entry = t.cache.get_or_build(&key("shared"), || {
                    builds.fetch_add(1, Ordering::SeqCst);
                    Ok::<_, Infallible>((payload(), Vec::new()))
                });
                assert_eq!(entry.unwrap().read().unwrap(), payload());
            });
        }
    });
    assert_eq!(builds.into_inner(), 1);
}

#[test]
fn a_lock_survives_the_removal_of_its_file() {
    let t = Fixture::new();
    let first = t.cache.lock(&key("a"));
    assert!(first.is_held());
    t.cache.clear().unwrap();
    // The file is gone, so this is another lock; but whoever waits on the removed one must not believe it has this one.
    let second = t.cache.lock(&key("a"));
    assert!(second.is_held());
    drop((first, second));
    assert!(t.cache.lock(&key("a")).is_held());
}

const CHILD_FOLDER: &str = "PYRUN_TEST_CACHE";

/// Not a test: what a child process of the next one does.
#[test]
#[ignore = "run by of_several_processes_one_builds"]
fn child() {
    let Some(folder) = std::env::var_os(CHILD_FOLDER).map(PathBuf::from) else { return };
    let cache = Cache::open(folder.join("cache"));
    println!("\nready");
    io::stdin().read_line(&mut String::new()).unwrap();
    for round in 0..20 {
        let name = format!("round {round}");
        let entry = cache.get_or_build(&key(&name), || {
            let mut log = fs::File::options().append(true).create(true).open(folder.join("log"))?;
            log.write_all(format!("{name}\n").as_bytes())?;
            Ok::<_, io::Error>((payload(), name.clone().into_bytes()))
        });
        let entry = entry.unwrap();
        assert_eq!(entry.read().unwrap(), payload());
        assert_eq!(entry.info(), name.as_bytes());
    }
}

#[test]
fn of_several_processes_one_builds() {
    let folder = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..4)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "cache::tests::child", "--ignored", "--nocapture"])
                .env(CHILD_FOLDER, folder.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut outputs = Vec::new();
    for child in &mut children {
        let mut output = io::BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line.trim() != "ready" {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the child ended early");
        }
        outputs.push(output);
    }
    for child in &mut children {
        drop(child.stdin.take()); // go
    }
    for (mut child, mut output) in children.into_iter().zip(outputs) {
        io::copy(&mut output, &mut io::sink()).unwrap();
        assert!(child.wait().unwrap().success());
    }
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(log.lines().count(), 20, "each entry is built once:\n{log}");
}

/// How long the hash of a large artifact takes: `cargo test --release -- --ignored --nocapture hashing`.
#[test]
#[ignore = "a measurement"]
fn hashing_speed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path());
    let bytes = vec![7; 40 << 20];
    let timed = |what: &str, work: &dyn Fn()| {
        let start = std::time::Instant::now();
        work();
        println!("{what}: {:?}", start.elapsed());
    };
    timed("publish 40 MiB", &|| drop(cache.publish(&key("a"), &bytes, b"")));
    timed("lookup, verified before", &|| assert!(cache.lookup(&key("a")).is_some()));
    let record = folder.path().join("v1/artifacts").join(key("a").hex()).join("verified");
    fs::remove_file(record).unwrap();
    timed("lookup, hashing", &|| assert!(cache.lookup(&key("a")).is_some()));
    timed("lookup, verified again", &|| assert!(cache.lookup(&key("a")).is_some()));
}

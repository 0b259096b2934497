//! Overlays: what is told of the changes over a layer, operation by operation.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{config, list, open, vfs};
use pyrun_memfs::*;

const FILE_TIME: Timespec = Timespec { secs: 5, nanos: 0 };

/// Files, links and directories, some of them alike.
fn base() -> Arc<MapLayer> {
    let file = |path: &str, text: &str| MapFile { mtime: FILE_TIME, ..MapFile::new(path, text.as_bytes()) };
    let link = |path: &str, text: &str| MapFile { mode: 0o120_777, ..file(path, text) };
    let directory = |path: &str| MapFile { mode: 0o040_755, ..file(path, "") };
    let files = vec![
        file("f", "one"),
        file("g", "two"),
        link("l", "f"),
        link("m", "g"),
        file("d/a", "in d"),
        file("d/e/b", "deep"),
        directory("p"),
        directory("q"),
    ];
    Arc::new(MapLayer::new("base", files).unwrap())
}

fn overlaid() -> (Vfs, Overlay) {
    let mut vfs = vfs();
    let overlay = vfs.mount_overlay(b"/o", base()).unwrap();
    (vfs, overlay)
}

/// The changes in order, one word each: `+` added, `*` changed, `-` removed, `!` replaced; then the path, and `/` for a directory, `@` for
/// a link.
fn changes(vfs: &mut Vfs, overlay: &Overlay) -> String {
    let mut told = Vec::new();
    let each = |_: &mut Vfs, change: OverlayChange| {
        let sign = match change.change {
            ChangeKind::Added => '+',
            ChangeKind::Changed => '*',
            ChangeKind::Removed => '-',
            ChangeKind::Replaced => '!',
        };
        let kind = match change.kind {
            FileKind::Directory => "/",
            FileKind::Symlink => "@",
            _ => "",
        };
        told.push(format!("{sign}{}{kind}", change.path.escape_ascii()));
        true
    };
    assert_eq!(vfs.overlay_changes(overlay, each), Ok(true));
    told.join(" ")
}

/// What a guest does, and what is told of it.
type Case = (&'static str, fn(&mut Vfs) -> Result<()>, &'static str);

fn rename(vfs: &mut Vfs, old: &str, new: &str) -> Result<()> {
    vfs.renameat(AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes())
}

fn unlink(vfs: &mut Vfs, path: &str) -> Result<()> {
    vfs.unlinkat(AT_FDCWD, path.as_bytes())
}

fn mkdir(vfs: &mut Vfs, path: &str) -> Result<()> {
    vfs.mkdirat(AT_FDCWD, path.as_bytes(), 0o755)
}

const ON_FILES: [Case; 16] = [
    ("nothing", |_| Ok(()), ""),
    ("read", |vfs| vfs.read_file(b"/o/f").map(drop), ""),
    ("open to write", |vfs| vfs.openat(AT_FDCWD, b"/o/f", OpenFlags::RDWR, 0).map(drop), ""),
    ("write", |vfs| vfs.write_file(b"/o/f", b"one"), "*f"),
    ("write below", |vfs| vfs.write_file(b"/o/d/e/b", b"x"), "*d/e/b"),
    ("truncate", |vfs| vfs.truncate(AT_FDCWD, b"/o/f", 0), "*f"),
    ("mode", |vfs| vfs.chmod(AT_FDCWD, b"/o/f", 0o600, true), "*f"),
    ("the same mode", |vfs| vfs.chmod(AT_FDCWD, b"/o/f", 0o644, true), ""),
    ("time", |vfs| vfs.utimens(AT_FDCWD, b"/o/f", SetTime::Omit, SetTime::Now, true), "*f"),
    ("the same time", |vfs| vfs.utimens(AT_FDCWD, b"/o/f", SetTime::Now, SetTime::To(FILE_TIME), true), ""),
    ("new", |vfs| vfs.write_file(b"/o/new", b""), "+new"),
    ("gone", |vfs| unlink(vfs, "/o/f"), "-f"),
    ("gone below", |vfs| unlink(vfs, "/o/d/a"), "-d/a"),
    ("made anew", |vfs| unlink(vfs, "/o/f").and_then(|()| vfs.write_file(b"/o/f", b"one")), "*f"),
    ("a directory now", |vfs| unlink(vfs, "/o/f").and_then(|()| mkdir(vfs, "/o/f")), "!f/"),
    ("a link now", |vfs| unlink(vfs, "/o/f").and_then(|()| vfs.symlinkat(b"x", AT_FDCWD, b"/o/f")), "!f@"),
];

const ON_LINKS: [Case; 5] = [
    ("read", |vfs| vfs.readlinkat(AT_FDCWD, b"/o/l").map(drop), ""),
    ("gone", |vfs| unlink(vfs, "/o/l"), "-l@"),
    ("made anew", |vfs| unlink(vfs, "/o/l").and_then(|()| vfs.symlinkat(b"f", AT_FDCWD, b"/o/l")), "*l@"),
    ("over another", |vfs| rename(vfs, "/o/l", "/o/m"), "-l@ *m@"),
    ("a file now", |vfs| unlink(vfs, "/o/l").and_then(|()| vfs.write_file(b"/o/l", b"")), "!l"),
];

const ON_DIRECTORIES: [Case; 9] = [
    ("listed", |vfs| open_and_list(vfs, b"/o/d/e"), ""),
    ("mode", |vfs| vfs.chmod(AT_FDCWD, b"/o/d", 0o700, true), "*d/"),
    ("time", |vfs| vfs.utimens(AT_FDCWD, b"/o/d", SetTime::Now, SetTime::Now, true), ""),
    ("new", |vfs| mkdir(vfs, "/o/new").and_then(|()| vfs.write_file(b"/o/new/x", b"")), "+new/ +new/x"),
    ("gone", |vfs| vfs.rmdirat(AT_FDCWD, b"/o/p"), "-p/"),
    ("made anew", |vfs| vfs.rmdirat(AT_FDCWD, b"/o/p").and_then(|()| mkdir(vfs, "/o/p")), "!p/"),
    ("over another", |vfs| rename(vfs, "/o/p", "/o/q"), "-p/ !q/"),
    ("over an empty one", |vfs| rename(vfs, "/o/d", "/o/q"), "-d/ !q/ +q/a +q/e/ +q/e/b"),
    ("a file now", |vfs| vfs.rmdirat(AT_FDCWD, b"/o/p").and_then(|()| vfs.write_file(b"/o/p", b"")), "!p"),
];

const ON_NAMES: [Case; 7] = [
    ("another name", |vfs| rename(vfs, "/o/f", "/o/x"), "-f +x"),
    ("there and back", |vfs| rename(vfs, "/o/f", "/o/x").and_then(|()| rename(vfs, "/o/x", "/o/f")), ""),
    ("over another", |vfs| rename(vfs, "/o/f", "/o/g"), "-f *g"),
    ("a directory's", |vfs| rename(vfs, "/o/d", "/o/x"), "-d/ +x/ +x/a +x/e/ +x/e/b"),
    ("a directory's, and back", |vfs| rename(vfs, "/o/d", "/x").and_then(|()| rename(vfs, "/x", "/o/d")), ""),
    ("one more", |vfs| vfs.linkat(AT_FDCWD, b"/o/f", AT_FDCWD, b"/o/x", false), "+x"),
    (
        "outside",
        |vfs| vfs.write_file(b"/tmp/x", b"").and_then(|()| vfs.linkat(AT_FDCWD, b"/o/f", AT_FDCWD, b"/x", false)),
        "",
    ),
];

fn open_and_list(vfs: &mut Vfs, path: &[u8]) -> Result<()> {
    let fd = vfs.openat(AT_FDCWD, path, OpenFlags::DIRECTORY, 0)?;
    vfs.getdents(fd, 100)?;
    vfs.close(fd)
}

#[test]
fn each_operation_is_told_as_what_it_changed() {
    for (name, operation, expected) in ON_FILES.into_iter().chain(ON_LINKS).chain(ON_DIRECTORIES).chain(ON_NAMES) {
        // Whether or not somebody has looked into the directories before, and asked before.
        for looked in [false, true] {
            let (mut vfs, overlay) = overlaid();
            if looked {
                for path in ["/o", "/o/d", "/o/d/e", "/o/p", "/o/q"] {
                    list(&mut vfs, path);
                }
                assert_eq!(changes(&mut vfs, &overlay), "");
            }
            operation(&mut vfs).unwrap_or_else(|errno| panic!("{name}: {errno}"));
            for _ in 0..2 {
                assert_eq!(changes(&mut vfs, &overlay), expected, "{name}, {looked}");
            }
        }
    }
}

#[test]
fn changes_come_in_the_order_of_the_tree() {
    let (mut vfs, overlay) = overlaid();
    for path in ["/o/m", "/o/d/e/b", "/o/f"] {
        unlink(&mut vfs, path).unwrap();
    }
    for path in ["/o/y", "/o/y/y", "/o/d/z"] {
        mkdir(&mut vfs, path).unwrap();
    }
    vfs.write_file(b"/o/g", b"").unwrap();
    assert_eq!(changes(&mut vfs, &overlay), "-f -m@ *g +y/ +d/z/ -d/e/b +y/y/");
    // Whoever has heard enough says so.
    for most in 1..=7 {
        let mut told = 0;
        let whole = vfs.overlay_changes(&overlay, |_, _| {
            told += 1;
            told < most
        });
        assert_eq!((whole, told), (Ok(false), most));
    }
    let mut count = 0;
    let told = vfs.overlay_changes(&overlay, |_, _| {
        count += 1;
        true
    });
    assert_eq!((told, count), (Ok(true), 7));
}

#[test]
fn a_change_says_what_is_there_now_or_was() {
    let (mut vfs, overlay) = overlaid();
    vfs.write_file(b"/o/f", b"0123456789").unwrap();
    vfs.chmod(AT_FDCWD, b"/o/f", 0o4711, true).unwrap();
    rename(&mut vfs, "/o/g", "/o/x").unwrap();
    vfs.symlinkat(b"else/where", AT_FDCWD, b"/o/new").unwrap();
    mkdir(&mut vfs, "/o/dir").unwrap();
    let mut told = Vec::new();
    vfs.overlay_changes(&overlay, |vfs, change| {
        let mut buf = [0; 8];
        let read = [0, 3, 20].map(|offset| vfs.read_change(&change, offset, &mut buf).map(|n| buf[..n].to_vec()));
        let link = vfs.change_link(&change);
        told.push((change.path.clone(), (change.size, change.mode, change.mtime), read, link));
        true
    })
    .unwrap();
    let bytes = |texts: [&str; 3]| texts.map(|text| Ok(text.as_bytes().to_vec()));
    let none = |errno| [(); 3].map(|()| Err(errno));
    let now = NOW_SECONDS;
    let mut expected = vec![
        (b"g".to_vec(), (3, 0o644, 5), none(Errno::NoEnt), Err(Errno::NoEnt)),
        (b"f".to_vec(), (10, 0o4711, now), bytes(["01234567", "3456789", ""]), Err(Errno::Inval)),
        (b"x".to_vec(), (3, 0o644, 5), bytes(["two", "", ""]), Err(Errno::Inval)),
        (b"new".to_vec(), (10, 0o777, now), none(Errno::Inval), Ok(b"else/where".to_vec())),
        (b"dir".to_vec(), (4096, 0o755, now), none(Errno::IsDir), Err(Errno::Inval)),
    ];
    let key = |found: &(Vec<u8>, _, _, _)| found.0.clone();
    expected.sort_by_key(key);
    told.sort_by_key(key);
    assert_eq!(told, expected);
}

const NOW_SECONDS: i64 = common::NOW.secs;

#[test]
fn an_overlay_wants_an_empty_directory_of_the_guest_s() {
    let layer: fn() -> Arc<dyn Layer> = || base();
    let mut vfs = vfs();
    vfs.write_file(b"/file", b"").unwrap();
    vfs.create_dir_all(b"/full/sub").unwrap();
    vfs.mount_layer(b"/layer", layer()).unwrap();
    vfs.create_dir_all(b"/closed/empty").unwrap();
    vfs.chmod(AT_FDCWD, b"/closed", 0, true).unwrap();
    for (at, errno) in [
        ("/file", Errno::NotDir),
        ("/full", Errno::NotEmpty),
        ("/layer", Errno::NotEmpty),
        ("/", Errno::NotEmpty),
        ("/proc/self/fd", Errno::NotDir),
    ] {
        assert_eq!(vfs.mount_overlay(at.as_bytes(), layer()).unwrap_err(), errno, "{at}");
    }
    // The host's paths start at the root, and modes are not looked at.
    vfs.chdir(b"/tmp").unwrap();
    for at in ["/full/sub", "made/for/it", "/closed/empty"] {
        let overlay = vfs.mount_overlay(at.as_bytes(), layer()).unwrap();
        assert_eq!(changes(&mut vfs, &overlay), "", "{at}");
        assert_eq!(vfs.mount_overlay(at.as_bytes(), layer()).unwrap_err(), Errno::NotEmpty, "{at}");
    }
    assert_eq!(vfs.read_file(b"/made/for/it/f").unwrap(), b"one");
    assert_eq!(vfs.stat(AT_FDCWD, b"/closed/empty", true), Err(Errno::Acces), "checks are on again");
    assert_eq!(vfs.freeze().unwrap_err(), FreezeError::Overlay);
}

/// A guest that removes all, and the directory too, would have nothing told of it.
#[test]
fn the_directory_stays_where_it_is() {
    let (mut vfs, overlay) = overlaid();
    for path in ["/o/f", "/o/g", "/o/l", "/o/m", "/o/d/a", "/o/d/e/b"] {
        unlink(&mut vfs, path).unwrap();
    }
    for path in ["/o/d/e", "/o/d", "/o/p", "/o/q"] {
        vfs.rmdirat(AT_FDCWD, path.as_bytes()).unwrap();
    }
    mkdir(&mut vfs, "/x").unwrap();
    assert_eq!(vfs.rmdirat(AT_FDCWD, b"/o"), Err(Errno::Busy));
    assert_eq!(rename(&mut vfs, "/o", "/y"), Err(Errno::Busy));
    assert_eq!(rename(&mut vfs, "/x", "/o"), Err(Errno::Busy));
    assert_eq!(changes(&mut vfs, &overlay), "-d/ -f -g -l@ -m@ -p/ -q/");
}

/// Several are told apart, and what is elsewhere is in none.
#[test]
fn overlays_do_not_mix() {
    let mut vfs = vfs();
    let first = vfs.mount_overlay(b"/first", base()).unwrap();
    let second = vfs.mount_overlay(b"/second", base()).unwrap();
    vfs.write_file(b"/first/f", b"x").unwrap();
    rename(&mut vfs, "/first/g", "/second/g").unwrap();
    rename(&mut vfs, "/first/l", "/second/l").unwrap();
    rename(&mut vfs, "/first/p", "/second/p").unwrap();
    assert_eq!(changes(&mut vfs, &first), "-g -l@ -p/ *f");
    // The layers have the same nodes, and are two layers all the same.
    assert_eq!(changes(&mut vfs, &second), "*g *l@ !p/");
}

/// Has one entry of each kind, some of which no guest sees.
struct Kinds;

impl Layer for Kinds {
    fn identity(&self) -> &str {
        "kinds"
    }

    fn root(&self) -> LayerNode {
        LayerNode(0)
    }

    fn entries(&self, _: LayerNode) -> Result<Vec<LayerEntry>> {
        let kinds = [FileKind::File, FileKind::Fifo, FileKind::Socket, FileKind::CharDevice, FileKind::BlockDevice];
        let entry = |(kind, number): (FileKind, u32)| LayerEntry {
            name: format!("{number}").into_bytes().into(),
            node: LayerNode(number),
            kind,
            size: 7,
            mode: 0o640,
            mtime: Timespec { secs: 9, nanos: 0 },
        };
        Ok(kinds.into_iter().zip(1..).map(entry).collect())
    }

    fn read_at(&self, _: LayerNode, _: u64, _: &mut [u8]) -> Result<usize> {
        Ok(0)
    }
}

#[test]
fn what_a_guest_never_saw_is_neither_gone_nor_changed() {
    let mut vfs = vfs();
    let overlay = vfs.mount_overlay(b"/o", Arc::new(Kinds)).unwrap();
    assert_eq!(list(&mut vfs, "/o"), ["1"]);
    assert_eq!(changes(&mut vfs, &overlay), "");
    vfs.write_file(b"/o/2", b"").unwrap();
    unlink(&mut vfs, "/o/1").unwrap();
    assert_eq!(changes(&mut vfs, &overlay), "-1 +2");
    vfs.overlay_changes(&overlay, |_, change| {
        let was = (change.size, change.mode, change.mtime);
        assert_eq!(was, if change.path == b"1" { (7, 0o640, 9) } else { (0, 0o666, NOW_SECONDS) });
        true
    })
    .unwrap();
}

/// Directories in each other, with names of these lengths and a file in the innermost, made step by step.
fn deep(vfs: &mut Vfs, lengths: &[usize]) {
    for length in lengths {
        let name = "x".repeat(*length);
        mkdir(vfs, &name).unwrap();
        vfs.chdir(name.as_bytes()).unwrap();
    }
    let fd = open(vfs, "file", OpenFlags::WRONLY | OpenFlags::CREAT);
    vfs.close(fd).unwrap();
    vfs.chdir(b"/").unwrap();
}

#[test]
fn what_lies_too_deep_is_said_to_be_missing() {
    let longest = [255; 16];
    assert_eq!(longest.iter().sum::<usize>() + longest.len(), PATH_MAX);
    let one_more: Vec<usize> = [255; 15].into_iter().chain([254, 1]).collect();
    assert_eq!(one_more.iter().sum::<usize>() + one_more.len() - 1, PATH_MAX);
    for (lengths, whole, count) in [(&longest[..], true, 17), (&one_more[..], false, 17)] {
        for also in ["a", "z"] {
            let (mut vfs, overlay) = overlaid();
            mkdir(&mut vfs, &format!("/o/{also}")).unwrap();
            vfs.chdir(b"/o").unwrap();
            deep(&mut vfs, lengths);
            vfs.write_file(format!("/o/{also}/last").as_bytes(), b"").unwrap();
            let mut told = 0;
            let answer = vfs.overlay_changes(&overlay, |_, _| {
                told += 1;
                true
            });
            assert_eq!((answer, told), (Ok(whole), count + 2), "{also}");
        }
    }
}

#[test]
fn the_end_is_told_once_with_the_file_system_as_it_is() {
    let told = Arc::new(AtomicU32::new(0));
    for bodies in 0..3 {
        let mut vfs = Vfs::new(config(StorageLimits::default()));
        told.store(0, Ordering::Relaxed);
        for number in 0..bodies {
            let told = told.clone();
            vfs.at_end(Box::new(move |vfs| {
                assert_eq!(vfs.read_file(b"/tmp/last").unwrap(), b"words");
                told.fetch_add(10 + number, Ordering::Relaxed);
            }));
        }
        vfs.write_file(b"/tmp/last", b"words").unwrap();
        drop(vfs);
        // Each is told, the one that came last first.
        assert_eq!(told.load(Ordering::Relaxed), [0, 10, 21][bodies as usize]);
    }
}

/// Whoever has heard enough is told no more, and what nobody asks for is not made.
#[test]
fn changes_are_told_one_at_a_time() {
    let (mut vfs, overlay) = overlaid();
    for i in 0..300 {
        mkdir(&mut vfs, &format!("/o/d/n{i:03}")).unwrap();
        mkdir(&mut vfs, &format!("/o/d/n{i:03}/in")).unwrap();
    }
    for most in [1, 150, 300, 301, 600] {
        let mut told = Vec::new();
        let whole = vfs.overlay_changes(&overlay, |_, change| {
            told.push(String::from_utf8(change.path).unwrap());
            told.len() < most
        });
        assert_eq!((whole, told.len()), (Ok(false), most));
        let (first, second) = ((0..300).map(|i| format!("d/n{i:03}")), (0..300).map(|i| format!("d/n{i:03}/in")));
        assert_eq!(told, first.chain(second).take(most).collect::<Vec<_>>());
    }
}

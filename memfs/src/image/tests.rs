//! What only shows inside: forged images, and what is shared.

use std::collections::VecDeque;
use std::sync::Arc;

use super::VfsImage;
use crate::content::CHUNK;
use crate::descriptor::{Description, Place};
use crate::directory::{Directory, LayerDirectory};
use crate::inode::{Body, FileBody, Inode, InodeId, LinkText};
use crate::inode_table::InodeTable;
use crate::layer::LayerNode;
use crate::node::Node;
use crate::pipe::{CAPACITY, PipeBuffer};
use crate::socket::{Connection, MAX_BACKLOG, Socket, SocketFamily, SocketState};
use crate::*;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buf: &mut [u8]) {
        buf.fill(0);
    }
}

fn config() -> VfsConfig {
    VfsConfig {
        clock: Box::new(FixedClock::default()),
        entropy: Box::new(Zeros),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: StorageLimits::default(),
    }
}

/// `/a/b/c` (directories), `/f` (a file with a hole), a pipe at 3 and 4, a listening socket at 5.
fn sample() -> Vfs {
    let mut vfs = Vfs::new(config());
    vfs.create_dir_all(b"/a/b/c").unwrap();
    vfs.write_file(b"/f", &[7; 3 * CHUNK as usize]).unwrap();
    vfs.pipe(OpenFlags::empty()).unwrap();
    let socket = vfs.socket(SocketFamily::Inet, OpenFlags::empty()).unwrap();
    vfs.listen(socket, 2).unwrap();
    vfs
}

fn find(image: &VfsImage, path: &str) -> InodeId {
    path.split('/').filter(|name| !name.is_empty()).fold(image.root, |dir, name| {
        let Body::Directory(directory) = &image.inodes.get(dir).unwrap().body else { panic!("{path}") };
        directory.get(name.as_bytes()).expect("it is there")
    })
}

fn open_node(image: &VfsImage, fd: i32) -> InodeId {
    image.files.get(fd).unwrap().node.inode().unwrap()
}

fn directory<'i>(image: &'i mut VfsImage, path: &str) -> &'i mut Directory {
    let id = find(image, path);
    let Body::Directory(directory) = &mut image.inodes.get_mut(id).unwrap().body else { panic!("{path}") };
    Arc::make_mut(directory)
}

fn inode<'i>(image: &'i mut VfsImage, path: &str) -> &'i mut Inode {
    let id = find(image, path);
    image.inodes.get_mut(id).unwrap()
}

fn set_socket(image: &mut VfsImage, state: SocketState) {
    let id = open_node(image, 5);
    let Body::Socket(socket) = &mut image.inodes.get_mut(id).unwrap().body else { panic!("a socket") };
    **socket = Socket { state, ..Socket::new(SocketFamily::Inet) };
}

type Forge = fn(&mut VfsImage);
type Forgery = (&'static str, Forge);

/// Links two sockets, of which the second says that another is its peer.
fn with_peers(image: &mut VfsImage, second: fn(InodeId, InodeId) -> InodeId) {
    let (first, other) = (open_node(image, 5), open_node(image, 3));
    let name = std::net::SocketAddr::from(([127, 0, 0, 1], 80));
    set_socket(image, SocketState::Connected(Connection::new(other, name)));
    let state = SocketState::Connected(Connection::new(second(first, other), name));
    let socket = Socket { state, ..Socket::new(SocketFamily::Inet) };
    image.inodes.get_mut(other).unwrap().body = Body::Socket(Box::new(socket));
}

fn link(image: &mut VfsImage, length: usize, byte: u8) {
    inode(image, "f").body = Body::Symlink(LinkText::Text(vec![byte; length].into()));
}

fn of_layer(image: &mut VfsImage, layer: u32, size: u64) {
    image.layers.push("layer".to_owned());
    inode(image, "f").body = Body::File(FileBody::Layer { layer, node: LayerNode(0), size });
}

fn filled(bytes: usize) -> PipeBuffer {
    postcard::from_bytes(&postcard::to_stdvec(&vec![0u8; bytes]).unwrap()).unwrap()
}

/// The number is so many beyond the last.
fn numbered(image: &mut VfsImage, beyond: u64) {
    let end = image_end(image);
    set_next(image, end + 1);
    inode(image, "f").ino = end + beyond;
}

fn named(image: &mut VfsImage, name: &[u8]) {
    let f = find(image, "f");
    directory(image, "a").insert(Arc::from(name), f);
}

/// What just holds, and what just does not.
const BOUNDS: [(&str, Forge, Forge); 14] = [
    ("permissions", |image| inode(image, "f").permissions = 0o7777, |image| inode(image, "f").permissions = 0o10_000),
    (
        "time",
        |image| inode(image, "f").atime.nanos = 999_999_999,
        |image| inode(image, "f").atime.nanos = 1_000_000_000,
    ),
    (
        "time",
        |image| inode(image, "f").ctime.nanos = 999_999_999,
        |image| inode(image, "f").ctime.nanos = 1_000_000_000,
    ),
    ("number", |image| numbered(image, 0), |image| numbered(image, 1)),
    ("layer", |image| of_layer(image, 0, i64::MAX as u64), |image| of_layer(image, 0, i64::MAX as u64 + 1)),
    ("layer", |image| of_layer(image, 0, 0), |image| of_layer(image, 1, 0)),
    ("link", |image| link(image, PATH_MAX - 1, b'x'), |image| link(image, PATH_MAX, b'x')),
    ("link", |image| link(image, 1, b'x'), |image| link(image, 1, 0)),
    ("name", |image| named(image, &[b'x'; 255]), |image| named(image, &[b'x'; 256])),
    ("name", |image| named(image, b"..."), |image| named(image, b"..")),
    ("name", |image| named(image, b".x"), |image| named(image, b".")),
    (
        "directory's name",
        |image| directory(image, "a").name = Arc::from(b"a".as_slice()),
        |image| directory(image, "a").name = Arc::from(b"b".as_slice()),
    ),
    ("peers", |image| with_peers(image, |first, _| first), |image| with_peers(image, |_, second| second)),
    (
        "backlog",
        |image| set_socket(image, SocketState::Listening { backlog: MAX_BACKLOG, waiting: VecDeque::new() }),
        |image| set_socket(image, SocketState::Listening { backlog: MAX_BACKLOG + 1, waiting: VecDeque::new() }),
    ),
];

#[test]
fn images_are_taken_up_to_the_bounds() {
    let read = |forge: fn(&mut VfsImage)| {
        let mut vfs = sample();
        // Only what is forged is to be found.
        vfs.close(4).unwrap();
        let mut image = vfs.freeze().unwrap();
        let bound = image.sockets.iter().map(|(name, id)| (*name, id)).collect::<Vec<_>>();
        bound.iter().for_each(|(name, id)| image.sockets.unbind(*id, name));
        forge(&mut image);
        postcard::from_bytes::<VfsImage>(&postcard::to_stdvec(&image).unwrap()).is_ok()
    };
    for (name, good, bad) in BOUNDS {
        assert_eq!((read(good), read(bad)), (true, false), "{name}");
    }
    assert!(read(|image| set_pipe(image, filled(CAPACITY))) && !read(|image| set_pipe(image, filled(CAPACITY + 1))));
    assert!(read(|image| set_next(image, 1 << 48)) && !read(|image| set_next(image, (1 << 48) + 1)));
}

fn set_pipe(image: &mut VfsImage, pipe: PipeBuffer) {
    let id = open_node(image, 3);
    image.inodes.get_mut(id).unwrap().body = Body::Pipe(Box::new(pipe));
}

fn set_next(image: &mut VfsImage, next: u64) {
    let slots = image.inodes.slots().map(|(generation, inode)| (generation, inode.cloned())).collect();
    image.inodes = InodeTable::from_slots(next, slots).unwrap();
}

const FORGERIES: [Forgery; 32] = [
    ("a directory is in itself", |image| {
        let (a, b) = (find(image, "a"), find(image, "a/b"));
        directory(image, "a").parent = b;
        directory(image, "a").name = Arc::from(b"a".as_slice());
        directory(image, "a/b").insert(Arc::from(b"a".as_slice()), a);
        directory(image, "").remove(b"a");
    }),
    ("a directory is astray", |image| directory(image, "a/b").parent = image.root),
    ("a directory is astray", |image| {
        let b = find(image, "a/b");
        directory(image, "").insert(Arc::from(b"b".as_slice()), b);
    }),
    ("a directory is astray", |image| {
        let root = image.root;
        directory(image, "a").insert(Arc::from(b"root".as_slice()), root);
    }),
    ("a name that cannot be", |image| {
        let f = find(image, "f");
        directory(image, "a").insert(Arc::from(b"../f".as_slice()), f);
    }),
    ("a name without a file", |image| {
        directory(image, "a").insert(Arc::from(b"x".as_slice()), InodeId { index: u32::MAX, generation: 0 });
    }),
    ("a pipe or a socket has a name", |image| {
        let pipe = open_node(image, 3);
        directory(image, "a").insert(Arc::from(b"pipe".as_slice()), pipe);
    }),
    ("neither name nor descriptor", |image| directory(image, "").remove(b"f")),
    ("the root is no directory", |image| image.root = find(image, "f")),
    ("the working directory is not a directory", |image| image.cwd = find(image, "f")),
    ("the working directory is not there", |image| image.cwd.generation = 9),
    ("of no layer", |image| {
        inode(image, "f").body = Body::File(FileBody::Layer { layer: 0, node: LayerNode(0), size: 1 });
    }),
    ("a link leads nowhere", |image| inode(image, "f").body = Body::Symlink(LinkText::Text(Box::from([])))),
    ("another's number", |image| inode(image, "f").ino = 1),
    ("no time", |image| inode(image, "f").mtime.nanos = u32::MAX),
    ("something else than a connection waits", |image| {
        let waiting = VecDeque::from([open_node(image, 5)]);
        set_socket(image, SocketState::Listening { backlog: 1, waiting });
    }),
    ("a connection has no other end", |image| {
        let itself = open_node(image, 5);
        let name = std::net::SocketAddr::from(([127, 0, 0, 1], 80));
        set_socket(image, SocketState::Connected(Connection::new(itself, name)));
    }),
    ("inode numbers are used up", |image| {
        let slots = image.inodes.slots().map(|(generation, inode)| (generation, inode.cloned())).collect();
        image.inodes = InodeTable::from_slots((1 << 48) + 1, slots).unwrap();
    }),
    ("another's number", |image| inode(image, "f").ino = image_end(image)),
    ("unknown permissions", |image| inode(image, "f").permissions = 0o10_000),
    ("a pipe holds too much", |image| {
        let pipe = open_node(image, 3);
        image.inodes.get_mut(pipe).unwrap().body = Body::Pipe(Box::new(overfull()));
    }),
    ("a directory is of no layer", |image| {
        directory(image, "a").pending.push_back(LayerDirectory { layer: 0, node: LayerNode(0) });
    }),
    ("a directory has two names", |image| {
        let fd = find(image, "proc/self/fd");
        directory(image, "proc/self").insert(Arc::from(b"fd2".as_slice()), fd);
    }),
    ("a socket has a name of another family", |image| {
        let id = open_node(image, 5);
        let Body::Socket(socket) = &mut image.inodes.get_mut(id).unwrap().body else { panic!("a socket") };
        socket.name = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 80)));
        socket.family = SocketFamily::Inet6;
    }),
    ("a connection is damaged", |image| {
        let itself = open_node(image, 5);
        let name = std::net::SocketAddr::from(([10, 0, 0, 1], 80));
        set_socket(image, SocketState::Connected(Connection::new(itself, name)));
    }),
    ("a connection is damaged", |image| {
        let mut connection = Connection::new(open_node(image, 5), std::net::SocketAddr::from(([127, 0, 0, 1], 80)));
        connection.received = overfull();
        set_socket(image, SocketState::Connected(connection));
    }),
    ("too many connections wait", |image| {
        set_socket(image, SocketState::Listening { backlog: MAX_BACKLOG + 1, waiting: VecDeque::new() });
    }),
    ("too many connections wait", |image| {
        set_socket(image, SocketState::Listening { backlog: 0, waiting: VecDeque::new() });
    }),
    ("an open file has a name that cannot be", |image| {
        let node = Node::Inode(find(image, "f"));
        let place = Place { dir: Node::Inode(image.root), name: Arc::from(b"../f".as_slice()) };
        image.files.open(Description::new(node, OpenFlags::empty(), Some(place)), 0).unwrap();
    }),
    ("an open file is not there", |image| {
        let nowhere = Node::Inode(InodeId { index: u32::MAX, generation: 0 });
        image.files.open(Description::new(nowhere, OpenFlags::empty(), None), 0).unwrap();
    }),
    ("an address without a socket", |image| {
        let file = find(image, "f");
        image.sockets.bind(file, std::net::SocketAddr::from(([127, 0, 0, 1], 80))).unwrap();
    }),
    ("a removed directory has entries", |image| {
        let id = find(image, "a");
        image.cwd = id;
        directory(image, "").remove(b"a");
    }),
];

/// The number that the next inode would get.
fn image_end(image: &VfsImage) -> u64 {
    image.inodes.next_ino()
}

/// A queue of more bytes than a pipe holds: only an image can say so.
fn overfull() -> PipeBuffer {
    postcard::from_bytes(&postcard::to_stdvec(&vec![0u8; CAPACITY + 1]).unwrap()).unwrap()
}

#[test]
fn forged_images_are_refused() {
    for (expected, forge) in FORGERIES {
        let mut image = sample().freeze().unwrap();
        forge(&mut image);
        let bytes = postcard::to_stdvec(&image).unwrap();
        // Postcard drops the text of an error; the check says it.
        assert!(postcard::from_bytes::<VfsImage>(&bytes).is_err(), "{expected}");
        let wire = postcard::from_bytes(&bytes).unwrap_or_else(|error| panic!("{expected}: {error}"));
        let refused = super::check::restore(wire).map(drop).unwrap_err().to_string();
        assert!(refused.contains(expected), "{expected}: {refused}");
    }
}

fn chunks(vfs: &mut Vfs, path: &str) -> Vec<*const u8> {
    let image = vfs.freeze().unwrap();
    match &image.inodes.get(find(&image, path)).unwrap().body {
        Body::File(FileBody::Memory(content)) => content.chunks().map(|(_, chunk)| chunk.as_ptr()).collect(),
        _ => panic!("a file in memory"),
    }
}

#[test]
fn bytes_are_shared_until_they_are_written() {
    let mut vfs = sample();
    let image = vfs.freeze().unwrap();
    let mut thawed = Vfs::thaw(&image, config(), Vec::new()).unwrap();
    thawed.read_file(b"/f").unwrap();
    assert_eq!(chunks(&mut thawed, "f"), chunks(&mut vfs, "f"));
    let fd = thawed.openat(AT_FDCWD, b"/f", OpenFlags::RDWR, 0).unwrap();
    thawed.pwrite(fd, b"x", CHUNK + 5).unwrap();
    let (theirs, ours) = (chunks(&mut thawed, "f"), chunks(&mut vfs, "f"));
    let shared: Vec<bool> = theirs.iter().zip(&ours).map(|(a, b)| a == b).collect();
    assert_eq!(shared, [true, false, true]);
    assert_eq!(vfs.read_file(b"/f").unwrap(), [7; 3 * CHUNK as usize]);
}

#[test]
fn an_image_can_be_sent_and_shared() {
    fn check<T: Send + Sync + Clone>() {}
    check::<VfsImage>();
}

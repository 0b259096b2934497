//! Random operations, an image in between, and the same operations on whatever came of it. 200 cases by default;
//! `PYRUN_MEMFS_CASES` says how many on demand.

use std::net::Shutdown;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use pyrun_memfs::{OpenFlags, Result, SocketFamily, StorageLimits, Vfs, VfsImage};

use crate::Side as _;
use crate::memory::Memory;
use crate::operation::{self, Operation};
use crate::world::{self, Ticks};

#[derive(Clone, Debug)]
enum Step {
    File(Operation),
    Socket(SocketStep),
}

/// What is done with sockets; each is chosen by a number from those that are open.
#[derive(Clone, Debug)]
enum SocketStep {
    Open,
    /// A listening socket and another one that is connected to it, and has yet to be accepted.
    Pair,
    Listen(usize, i32),
    Connect(usize, usize),
    Accept(usize),
    Send(usize, Vec<u8>),
    Receive(usize, usize),
    Shutdown(usize, Shutdown),
    Close(usize),
}

fn socket_step() -> impl Strategy<Value = SocketStep> {
    let socket = || 0..16usize;
    let how = prop::sample::select(vec![Shutdown::Read, Shutdown::Write, Shutdown::Both]);
    let bytes = (0..40_000usize).prop_map(|length| vec![length as u8; length]);
    prop_oneof![
        2 => Just(SocketStep::Open),
        4 => Just(SocketStep::Pair),
        2 => (socket(), 0..4i32).prop_map(|(socket, backlog)| SocketStep::Listen(socket, backlog)),
        4 => (socket(), socket()).prop_map(|(from, to)| SocketStep::Connect(from, to)),
        5 => socket().prop_map(SocketStep::Accept),
        4 => (socket(), bytes).prop_map(|(socket, bytes)| SocketStep::Send(socket, bytes)),
        3 => (socket(), 0..50_000usize).prop_map(|(socket, length)| SocketStep::Receive(socket, length)),
        3 => (socket(), how).prop_map(|(socket, how)| SocketStep::Shutdown(socket, how)),
        1 => socket().prop_map(SocketStep::Close),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    (operation::case(), prop::collection::vec((0..70usize, socket_step()), 0..30)).prop_map(|(files, sockets)| {
        let mut steps: Vec<Step> = files.into_iter().map(Step::File).collect();
        for (at, step) in sockets {
            steps.insert(at.min(steps.len()), Step::Socket(step));
        }
        steps
    })
}

fn pair(vfs: &mut Vfs) -> Result<()> {
    let listener = vfs.socket(SocketFamily::Inet, OpenFlags::empty())?;
    vfs.listen(listener, 2)?;
    let client = vfs.socket(SocketFamily::Inet, OpenFlags::empty())?;
    vfs.connect(client, vfs.socket_name(listener)?)
}

fn on_socket(vfs: &mut Vfs, step: &SocketStep) -> String {
    let sockets: Vec<i32> = (0..64).filter(|fd| vfs.socket_family(*fd).is_ok()).collect();
    let pick = |number: &usize| sockets.get(number % sockets.len().max(1)).copied().unwrap_or(-1);
    match step {
        SocketStep::Open => format!("{:?}", vfs.socket(SocketFamily::Inet, OpenFlags::empty())),
        SocketStep::Pair => format!("{:?}", pair(vfs)),
        SocketStep::Listen(socket, backlog) => format!("{:?}", vfs.listen(pick(socket), *backlog)),
        SocketStep::Connect(from, to) => match vfs.socket_name(pick(to)) {
            Ok(name) => format!("{:?}", vfs.connect(pick(from), name)),
            Err(errno) => format!("{errno:?}"),
        },
        SocketStep::Accept(socket) => format!("{:?}", vfs.accept(pick(socket), OpenFlags::CLOEXEC)),
        SocketStep::Send(socket, bytes) => format!("{:?}", vfs.send(pick(socket), bytes)),
        SocketStep::Receive(socket, length) => {
            let mut buf = vec![0; *length];
            let count = vfs.receive(pick(socket), &mut buf, false);
            format!("{count:?} {:x}", crate::digest(&buf))
        }
        SocketStep::Shutdown(socket, how) => format!("{:?}", vfs.shutdown(pick(socket), *how)),
        SocketStep::Close(socket) => format!("{:?}", vfs.close(pick(socket))),
    }
}

fn apply(memory: &mut Memory, step: &Step) -> String {
    let outcome = match step {
        Step::File(operation) => format!("{:?}", memory.apply(operation)),
        Step::Socket(step) => on_socket(memory.vfs(), step),
    };
    format!("{outcome}\n{}", world::descriptors(memory.vfs()))
}

fn thaw(memory: &Memory, image: &VfsImage, clock: &Ticks) -> Memory {
    let vfs = Vfs::thaw(image, clock.fork().config(limits()), world::layers());
    memory.twin(vfs.expect("the same layers and limits"))
}

/// So few that the random operations meet them now and then.
fn limits() -> StorageLimits {
    StorageLimits { max_bytes: 400_000, max_inodes: 60, max_descriptors: 32 }
}

fn compare((before, after): &(Vec<Step>, Vec<Step>)) -> Result<(), TestCaseError> {
    let clock = Ticks::new();
    let mut original = Memory::over(world::layered(clock.config(limits())));
    for step in before {
        apply(&mut original, step);
    }
    let image = original.vfs().freeze().expect("nothing is mounted");
    let read = world::read_back(&image);
    let (mut shared, mut thawed) = (thaw(&original, &image, &clock), thaw(&original, &read, &clock));
    let bytes = postcard::to_stdvec(&image).expect("written before");
    prop_assert!(postcard::to_stdvec(&thawed.vfs().freeze().expect("as before")).expect("as before") == bytes);
    for (index, step) in after.iter().enumerate() {
        let expected = apply(&mut original, step);
        prop_assert_eq!(&apply(&mut shared, step), &expected, "step {}: {:?} (left: shared)", index, step);
        prop_assert_eq!(&apply(&mut thawed, step), &expected, "step {}: {:?} (left: read)", index, step);
    }
    let mut seen = Vec::new();
    for memory in [&mut original, &mut shared, &mut thawed] {
        // Looking takes a descriptor.
        let closed = memory.vfs().close(0);
        seen.push((closed, world::everything(memory.vfs()), memory.tree()));
    }
    prop_assert_eq!(&seen[1], &seen[0], "at the end (left: shared)");
    prop_assert_eq!(&seen[2], &seen[0], "at the end (left: read)");
    prop_assert!(postcard::to_stdvec(&image).expect("as before") == bytes, "the image has not noticed");
    Ok(())
}

#[test]
fn goes_on_as_if_nothing_had_been() {
    let cases = std::env::var("PYRUN_MEMFS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let config = Config { cases, source_file: Some(file!()), ..Config::default() };
    if let Err(failure) = TestRunner::new(config).run(&(steps(), steps()), |case| compare(&case)) {
        panic!("{failure}");
    }
}

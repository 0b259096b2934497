//! Handlers with arbitrary arguments: whatever the guest passes, nothing panics and memory keeps to its bounds.
//!
//! `ctypes` reaches every import, so all of them are an attack surface.

use std::time::Duration;

use proptest::prelude::*;

use crate::guest::caller::Sys;
use crate::guest::mem::GuestPtr;
use crate::machine::Machine;
use crate::syscall::{descriptors, ioctl, locks, metadata, names, netdb, poll, size, socket};
use crate::time::timers::setitimer;
use crate::time::zone::Zone;
use crate::time::{Deadline, civil, strftime};
use crate::{exit, heap, wasi};

/// The arguments of one call: as many as any handler has, in two widths.
#[derive(Clone, Debug)]
struct Args {
    words: [u32; 6],
    wide: [i64; 2],
}

impl Args {
    fn fd(&self) -> i32 {
        self.words[0].cast_signed()
    }

    fn int(&self, index: usize) -> i32 {
        self.words[index].cast_signed()
    }

    fn ptr<T: ?Sized>(&self, index: usize) -> GuestPtr<T> {
        GuestPtr::new(self.words[index])
    }
}

macro_rules! calls {
    ($($sys:ident, $args:ident => $call:expr;)*) => {
        /// Every handler that works on [`Sys`]; results do not matter.
        const CALLS: &[fn(&mut Sys<'_>, &Args)] = &[$(|$sys, $args| { let _ = $call; }),*];
    };
}

calls! {
    s, a => descriptors::openat(s, a.fd(), a.ptr(1), a.words[2], a.ptr(3));
    s, a => descriptors::openat(s, -100, a.ptr(1), a.words[2], a.ptr(3));
    s, a => descriptors::dup(s, a.fd());
    s, a => descriptors::dup3(s, a.fd(), a.int(1), a.words[2]);
    s, a => descriptors::fcntl64_once(s, a.fd(), a.int(1), a.ptr(2));
    s, a => descriptors::fcntl64_once(s, a.fd(), 1030, a.ptr(2));
    s, a => descriptors::fcntl64_once(s, a.fd(), 12 + a.int(1).rem_euclid(3), a.ptr(2));
    s, a => locks::record_lock(s, a.fd(), 12 + a.int(1).rem_euclid(27), a.words[2]);
    s, a => locks::flock_once(s, a.fd(), a.words[1] % 16);
    s, a => ioctl::ioctl(s, a.fd(), a.words[1], a.ptr(2));
    s, a => ioctl::ioctl(s, a.fd(), 21505 + a.words[1] % 33, a.ptr(2));
    s, a => metadata::stat64(s, a.ptr(0), a.words[1]);
    s, a => metadata::lstat64(s, a.ptr(0), a.words[1]);
    s, a => metadata::fstat64(s, a.fd(), a.words[1]);
    s, a => metadata::newfstatat(s, a.fd(), a.ptr(1), a.words[2], a.words[3]);
    s, a => metadata::faccessat(s, a.fd(), a.ptr(1), a.words[2], a.words[3]);
    s, a => metadata::chmod(s, a.ptr(0), a.words[1]);
    s, a => metadata::fchmod(s, a.fd(), a.words[1]);
    s, a => metadata::fchmodat2(s, a.fd(), a.ptr(1), a.words[2], a.words[3]);
    s, a => metadata::fchown32(s, a.fd(), a.words[1], a.words[2]);
    s, a => metadata::fchownat(s, a.fd(), a.ptr(1), a.words[2], a.words[3], a.words[4]);
    s, a => metadata::utimensat(s, a.fd(), a.ptr(1), a.ptr(2), a.words[3]);
    s, a => metadata::statfs64(s, a.ptr(0), a.words[1], a.words[2]);
    s, a => metadata::fstatfs64(s, a.fd(), a.words[1], a.words[2]);
    s, a => names::mkdirat(s, a.fd(), a.ptr(1), a.words[2]);
    s, a => names::mkdirat(s, -100, a.ptr(1), 0o777);
    s, a => names::mknodat(s, a.fd(), a.ptr(1), a.words[2], a.words[3]);
    s, a => names::unlinkat(s, -100, a.ptr(1), a.words[2]);
    s, a => names::rmdir(s, a.ptr(0));
    s, a => names::renameat(s, -100, a.ptr(0), -100, a.ptr(1));
    s, a => names::symlinkat(s, a.ptr(0), -100, a.ptr(1));
    s, a => names::readlinkat(s, a.fd(), a.ptr(1), a.words[2], a.int(3));
    s, a => names::chdir(s, a.ptr(0));
    s, a => names::fchdir(s, a.fd());
    s, a => names::getcwd(s, a.words[0], a.words[1]);
    s, a => names::getdents64(s, a.fd(), a.words[1], a.words[2]);
    s, a => size::truncate64(s, a.ptr(0), a.wide[0]);
    s, a => size::ftruncate64(s, a.fd(), a.wide[0]);
    s, a => size::fallocate(s, a.fd(), a.int(1) & 1, a.wide[0], a.wide[1]);
    s, a => size::fadvise64(s, a.fd(), a.wide[0], a.wide[1], a.int(1));
    s, a => size::fdatasync(s, a.fd());
    s, a => poll::pipe(s, a.ptr(0));
    s, a => {
        let deadline = Deadline::after(s.process, Some(Duration::from_millis(a.words[2].into())));
        poll::wait_for_events(s, a.words[0], a.words[1], deadline)
    };
    s, a => socket::socket(s, a.int(0), a.int(1), a.int(2));
    s, a => socket::socket(s, 2 + (a.int(0) & 8), 1, 0);
    s, a => socket::bind(s, a.fd(), a.words[1], a.int(2));
    s, a => socket::bind(s, a.fd(), 0x410, 16);
    s, a => socket::connect(s, a.fd(), a.words[1], a.int(2));
    s, a => socket::connect(s, a.fd(), 0x410, 16);
    s, a => socket::listen(s, a.fd(), a.int(1));
    s, a => socket::accept4(s, a.fd(), a.words[1], a.words[2], 0);
    s, a => socket::getsockname(s, a.fd(), a.words[1], a.words[2]);
    s, a => socket::getpeername(s, a.fd(), a.words[1], a.words[2]);
    s, a => socket::getsockopt(s, a.fd(), a.int(1), a.int(2), a.words[3], a.words[4]);
    s, a => socket::recvfrom(s, a.fd(), a.words[1], a.words[2], a.words[3], a.words[4], a.words[5]);
    s, a => socket::recvmsg(s, a.fd(), a.words[1], a.words[2]);
    s, a => socket::sendto(s, a.fd(), a.words[1], a.words[2], a.words[3]);
    s, a => socket::sendmsg(s, a.fd(), a.words[1], a.words[2]);
    s, a => socket::shutdown(s, a.fd(), a.int(1));
    s, a => netdb::name_info(s, a.words[0], a.words[1], [(a.words[2], a.words[3]), (a.words[4], 16)], a.words[5]);
    s, a => netdb::find(s, a.ptr(0), a.ptr(1), a.ptr(2));
    s, a => exit::write_progname(s, a.words[0], a.int(1));
    s, a => heap::check_mapping(s, a.words[1], a.words[2], a.words[3], a.fd(), a.wide[0]);
    s, a => heap::fill_mapping(s, a.fd(), a.wide[0].unsigned_abs(), a.words[1], a.words[2], a.words[3]);
    s, a => heap::write_back(s, a.words[1], a.words[2], a.words[3], a.fd(), a.wide[0]);
    s, a => setitimer(s, a.words[0], f64::from_bits(a.wide[0].cast_unsigned()));
    s, a => strftime::write(&mut s.mem, a.words[0], a.words[1], a.ptr(2), a.words[3]);
    s, a => strftime::write(&mut s.mem, 0x800, 64, GuestPtr::new(0x600), a.words[0]);
    s, a => civil::Tm::read(&s.mem, a.words[0]).map(|tm| Zone::new(&*s.process.host).mktime(&tm));
    s, a => Zone::new(&*s.process.host).localtime(a.wide[0]);
    s, a => wasi::clock_time_get(s, a.words[0], a.wide[0], a.ptr(1));
    s, a => wasi::clock_res_get(s, a.words[0], a.ptr(1));
    s, a => wasi::random_get(s, a.words[0], a.words[1]);
    s, a => wasi::environ_sizes_get(s, a.ptr(0), a.ptr(1));
    s, a => wasi::environ_get(s, a.ptr(0), a.words[1]);
    s, a => wasi::fd_close(s, a.fd());
    s, a => wasi::fd_read(s, a.fd(), a.ptr(1), a.words[2], a.ptr(3));
    s, a => wasi::fd_write(s, a.fd(), a.ptr(1), a.words[2], a.ptr(3));
    s, a => wasi::fd_pread(s, a.fd(), a.ptr(1), a.words[2], a.wide[0], a.ptr(3));
    s, a => wasi::fd_pwrite(s, a.fd(), a.ptr(1), a.words[2], a.wide[0], a.ptr(3));
    s, a => wasi::fd_seek(s, a.fd(), a.wide[0], a.words[1], a.ptr(2));
    s, a => wasi::fd_sync(s, a.fd());
    s, a => wasi::fd_fdstat_get(s, a.fd(), a.words[1]);
}

/// Numbers near those that mean something: descriptors, flags, addresses in and just beyond memory.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => 0_u32..12,
        4 => prop::sample::select(vec![0x100_u32, 0x200, 0x300, 0x400]),
        2 => 0_u32..0x1_0010,
        1 => 0xffff_ff00_u32..=u32::MAX,
        1 => (0_u32..22).prop_map(|bit| 1 << bit),
        1 => any::<u32>(),
    ]
}

fn wide() -> impl Strategy<Value = i64> {
    prop_oneof![3 => -4_i64..10_000, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => any::<i64>()]
}

fn step() -> impl Strategy<Value = (usize, Args)> {
    let args = (prop::array::uniform6(word()), prop::array::uniform2(wide()));
    (0..CALLS.len(), args.prop_map(|(words, wide)| Args { words, wide }))
}

/// A machine with paths and vectors where [`word`] often points.
fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.process.environ = vec![b"A=1".to_vec(); 4];
    machine.process.vfs.write_file(b"/tmp/f", b"content").unwrap();
    machine.process.vfs.symlinkat(b"f", -100, b"/tmp/l").unwrap();
    machine.put_str(0x100, "/tmp/f");
    machine.put_str(0x200, "/tmp/l");
    machine.put_str(0x300, "tmp");
    machine.put_str(0x600, "%c %j %U %V %W %G %e %Z %z");
    machine.put::<u32>(0x400, 0x500);
    machine.put::<u32>(0x404, 64);
    machine.put::<u32>(0x410, 0x5000_0002);
    machine.put::<u32>(0x414, 0x0100_007f);
    machine
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(steps in prop::collection::vec(step(), 1..40)) {
        let mut machine = machine();
        for (index, args) in steps {
            if let Some(call) = CALLS.get(index) {
                call(&mut machine.sys(), &args);
            }
        }
        prop_assert_eq!(machine.sys().mem.len(), 1 << 16);
    }
}

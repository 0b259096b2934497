//! System calls by their numbers, as machine code of an attacker's would make them.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// Calls that must be `EPERM`. Every argument is zero, with which none of them would do anything if it were allowed.
const REFUSED: &[(&str, i64)] = &[
    ("execve", libc::SYS_execve),
    ("execveat", libc::SYS_execveat),
    ("ptrace", libc::SYS_ptrace),
    ("process_vm_readv", libc::SYS_process_vm_readv),
    ("process_vm_writev", libc::SYS_process_vm_writev),
    ("pidfd_open", libc::SYS_pidfd_open),
    ("pidfd_getfd", libc::SYS_pidfd_getfd),
    ("socket", libc::SYS_socket),
    ("socketpair", libc::SYS_socketpair),
    ("connect", libc::SYS_connect),
    ("sendmsg", libc::SYS_sendmsg),
    ("mount", libc::SYS_mount),
    ("umount2", libc::SYS_umount2),
    ("pivot_root", libc::SYS_pivot_root),
    ("chroot", libc::SYS_chroot),
    ("setns", libc::SYS_setns),
    ("unshare", libc::SYS_unshare),
    ("bpf", libc::SYS_bpf),
    ("perf_event_open", libc::SYS_perf_event_open),
    ("keyctl", libc::SYS_keyctl),
    ("add_key", libc::SYS_add_key),
    ("userfaultfd", libc::SYS_userfaultfd),
    ("io_uring_setup", libc::SYS_io_uring_setup),
    ("open_by_handle_at", libc::SYS_open_by_handle_at),
    ("name_to_handle_at", libc::SYS_name_to_handle_at),
    ("init_module", libc::SYS_init_module),
    ("kexec_load", libc::SYS_kexec_load),
    ("memfd_create", libc::SYS_memfd_create),
    ("setuid", libc::SYS_setuid),
    ("capset", libc::SYS_capset),
    ("personality", libc::SYS_personality),
    ("truncate", libc::SYS_truncate),
    ("fchownat", libc::SYS_fchownat),
    ("inotify_init1", libc::SYS_inotify_init1),
];

/// Whether the kernel has Landlock of the version that the tests speak of.
pub(crate) fn has_landlock() -> bool {
    /// `LANDLOCK_CREATE_RULESET_VERSION`
    const VERSION: i64 = 1;
    call(libc::SYS_landlock_create_ruleset, [0, 0, VERSION]).is_ok_and(|version| version >= 6)
}

/// Tries what must be refused.
pub(crate) fn each_refused_call() {
    for (name, number) in REFUSED {
        let error = call(*number, [0; 3]).expect_err(name);
        assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{name}");
    }
    let refused = |name: &str, number, arguments: [i64; 3]| {
        let error = call(number, arguments).expect_err(name);
        assert_eq!(error.raw_os_error(), Some(libc::EPERM), "{name}");
    };
    // By their arguments.
    refused("a signal to another process", libc::SYS_kill, [1, 0, 0]);
    refused("a signal to all processes", libc::SYS_kill, [-1, 0, 0]);
    refused("typing into the terminal", libc::SYS_ioctl, [0, 0x5412, 0]);
    refused("another's memory dumped", libc::SYS_prctl, [libc::PR_SET_DUMPABLE.into(), 1, 0]);
    refused("a tracer", libc::SYS_prctl, [libc::PR_SET_PTRACER.into(), 1, 0]);
    // A number that no kernel has: as if the kernel were older.
    let unknown = call(4000, [0; 3]).unwrap_err();
    assert_eq!(unknown.raw_os_error(), Some(libc::ENOSYS));
    // What libraries try first, and have another way for.
    assert_eq!(call(libc::SYS_clone3, [0; 3]).unwrap_err().raw_os_error(), Some(libc::ENOSYS));
    // What stays.
    call(libc::SYS_kill, [std::process::id().into(), 0, 0]).expect("a signal to itself");
}

/// Opens a file below an open folder.
pub(crate) fn open_below(folder: &File, name: &CStr) -> io::Result<i64> {
    call(libc::SYS_openat, [folder.as_raw_fd().into(), name.as_ptr() as i64, libc::O_RDONLY.into()])
}

/// Makes a system call.
fn call(number: i64, arguments: [i64; 3]) -> io::Result<i64> {
    let [first, second, third] = arguments;
    // SAFETY: with null pointers the kernel writes nowhere in this process: all calls of the lists above have only nulls and numbers,
    // and `openat` only reads the text that it is given, which its caller borrows meanwhile. None of them ends, forks or unmaps
    // anything with these arguments if it is allowed.
    let result = unsafe { libc::syscall(number, first, second, third, 0, 0, 0) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

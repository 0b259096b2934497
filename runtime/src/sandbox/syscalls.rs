//! seccomp: which system calls this process can still make.
//!
//! Two filters, of which the kernel takes the stricter answer and, of two errors, the later filter's. The first allows what a host of
//! guests needs, by its number; all else is `ENOSYS`. The second says `EPERM` to what is known to be used in attacks, and to calls that are
//! allowed for some arguments only.

use std::collections::BTreeMap;

use libc::{ENOSYS, EPERM};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads,
};

use super::error::SandboxError;
use super::locked::LockedDown;

/// What the process still does.
pub(super) struct Needs {
    /// Files of a granted folder are changed.
    pub(super) writes: bool,
    /// Sockets.
    pub(super) network: bool,
}

/// System calls by their numbers.
macro_rules! calls {
    ($($name:ident)*) => { &[$(libc::$name),*] };
}

/// Reading and writing what is open, and opening what Landlock leaves.
const FILES: &[i64] = calls! {
    SYS_read SYS_write SYS_readv SYS_writev SYS_pread64 SYS_pwrite64 SYS_preadv SYS_pwritev SYS_preadv2 SYS_pwritev2 SYS_lseek
    SYS_close SYS_close_range SYS_dup SYS_dup3 SYS_fcntl SYS_flock SYS_fsync SYS_fdatasync SYS_ftruncate SYS_fallocate SYS_fadvise64
    SYS_copy_file_range SYS_sendfile SYS_openat SYS_openat2 SYS_newfstatat SYS_fstat SYS_statx SYS_statfs SYS_fstatfs SYS_faccessat
    SYS_faccessat2 SYS_readlinkat SYS_getdents64 SYS_getcwd SYS_umask SYS_ioctl
};
/// Changing what is in a folder. Landlock knows no right for modes and times, so they go by whether anything is granted for writing.
const CHANGES: &[i64] = calls! {
    SYS_mkdirat SYS_unlinkat SYS_renameat2 SYS_linkat SYS_symlinkat SYS_fchmod SYS_fchmodat SYS_fchmodat2 SYS_utimensat
};
const MEMORY: &[i64] =
    calls! { SYS_mmap SYS_munmap SYS_mprotect SYS_mremap SYS_madvise SYS_brk SYS_mincore SYS_msync SYS_membarrier };
const THREADS: &[i64] = calls! {
    SYS_clone SYS_futex SYS_set_robust_list SYS_get_robust_list SYS_set_tid_address SYS_rseq SYS_gettid SYS_getpid SYS_getppid
    SYS_sched_yield SYS_sched_getaffinity SYS_exit SYS_exit_group SYS_restart_syscall SYS_prctl
};
const SIGNALS: &[i64] = calls! {
    SYS_rt_sigaction SYS_rt_sigprocmask SYS_rt_sigreturn SYS_rt_sigpending SYS_rt_sigtimedwait SYS_rt_sigsuspend SYS_sigaltstack
    SYS_tgkill SYS_kill
};
const TIME_AND_WAITING: &[i64] = calls! {
    SYS_clock_gettime SYS_clock_getres SYS_clock_nanosleep SYS_nanosleep SYS_gettimeofday SYS_times SYS_ppoll SYS_pselect6
    SYS_epoll_create1 SYS_epoll_ctl SYS_epoll_pwait SYS_eventfd2 SYS_pipe2
};
const SELF: &[i64] = calls! {
    SYS_getrandom SYS_getuid SYS_geteuid SYS_getgid SYS_getegid SYS_uname SYS_sysinfo SYS_getrusage SYS_prlimit64 SYS_getcpu
    SYS_seccomp SYS_landlock_create_ruleset SYS_landlock_add_rule SYS_landlock_restrict_self
};
/// The older forms of the above, where there are such.
#[cfg(target_arch = "x86_64")]
const OLDER: &[i64] = calls! {
    SYS_open SYS_stat SYS_lstat SYS_access SYS_readlink SYS_poll SYS_select SYS_epoll_wait SYS_epoll_create SYS_pipe SYS_dup2 SYS_time
    SYS_getrlimit SYS_arch_prctl
};
#[cfg(target_arch = "x86_64")]
const OLDER_CHANGES: &[i64] =
    calls! { SYS_mkdir SYS_rmdir SYS_unlink SYS_rename SYS_renameat SYS_link SYS_symlink SYS_chmod };
#[cfg(target_arch = "aarch64")]
const OLDER: &[i64] = calls! { SYS_getrlimit };
#[cfg(target_arch = "aarch64")]
const OLDER_CHANGES: &[i64] = calls! { SYS_renameat };
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const OLDER: &[i64] = &[];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const OLDER_CHANGES: &[i64] = &[];
const NETWORK: &[i64] = calls! {
    SYS_socket SYS_socketpair SYS_connect SYS_bind SYS_listen SYS_accept SYS_accept4 SYS_sendto SYS_recvfrom SYS_sendmsg SYS_recvmsg
    SYS_sendmmsg SYS_recvmmsg SYS_shutdown SYS_getsockname SYS_getpeername SYS_getsockopt SYS_setsockopt
};

/// What is known to be used in attacks: `EPERM`, so that a program says what happened.
const REFUSED: &[i64] = calls! {
    SYS_execve SYS_execveat SYS_ptrace SYS_process_vm_readv SYS_process_vm_writev SYS_kcmp SYS_pidfd_open SYS_pidfd_getfd
    SYS_pidfd_send_signal SYS_tkill SYS_rt_sigqueueinfo SYS_rt_tgsigqueueinfo SYS_mount SYS_umount2 SYS_pivot_root SYS_chroot SYS_setns
    SYS_unshare SYS_open_tree SYS_move_mount SYS_fsopen SYS_fsconfig SYS_fsmount SYS_fspick SYS_mount_setattr SYS_bpf
    SYS_perf_event_open SYS_keyctl SYS_add_key SYS_request_key SYS_userfaultfd SYS_io_uring_setup SYS_io_uring_enter
    SYS_io_uring_register SYS_open_by_handle_at SYS_name_to_handle_at SYS_init_module SYS_finit_module SYS_delete_module
    SYS_kexec_load SYS_reboot SYS_swapon SYS_swapoff SYS_syslog SYS_acct SYS_quotactl SYS_setuid SYS_setgid
    SYS_setreuid SYS_setregid SYS_setresuid SYS_setresgid SYS_setgroups SYS_setfsuid SYS_setfsgid SYS_capset SYS_personality
    SYS_memfd_create SYS_mknodat SYS_fanotify_init SYS_inotify_init1 SYS_chdir SYS_fchdir SYS_truncate
    SYS_fchown SYS_fchownat SYS_setxattr SYS_lsetxattr SYS_fsetxattr SYS_shmget SYS_shmat SYS_msgget SYS_semget SYS_mq_open
    SYS_settimeofday SYS_clock_settime SYS_adjtimex SYS_sethostname SYS_setdomainname SYS_vhangup SYS_splice SYS_vmsplice
    SYS_tee SYS_remap_file_pages SYS_mbind SYS_migrate_pages SYS_move_pages SYS_setpriority SYS_sched_setaffinity
};
#[cfg(target_arch = "x86_64")]
const OLDER_REFUSED: &[i64] = calls! {
    SYS_fork SYS_vfork SYS_mknod SYS_chown SYS_lchown SYS_modify_ldt SYS_ioperm SYS_iopl SYS_inotify_init SYS_kexec_file_load
    SYS_setrlimit SYS_uselib SYS_creat SYS_utime SYS_utimes SYS_futimesat
};
#[cfg(target_arch = "aarch64")]
const OLDER_REFUSED: &[i64] = calls! { SYS_setrlimit SYS_kexec_file_load };
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const OLDER_REFUSED: &[i64] = &[];

/// What a terminal or a stream may be asked: not to have text typed into it (`TIOCSTI`), nor to be another's (`TIOCSPGRP`).
const IOCTLS: &[libc::Ioctl] = &[
    libc::TCGETS,
    libc::TCSETS,
    libc::TCSETSW,
    libc::TCSETSF,
    libc::TCGETS2,
    libc::TCSETS2,
    libc::TCSETSW2,
    libc::TCSETSF2,
    libc::TIOCGWINSZ,
    libc::TIOCGPGRP,
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
    libc::FIONCLEX,
];
/// What a thread may ask of itself: its name, names of memory, fewer rights.
const PRCTLS: &[i32] = &[
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_SET_VMA,
    libc::PR_SET_NO_NEW_PRIVS,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_SET_SECCOMP,
    libc::PR_GET_DUMPABLE,
];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Filters the system calls of all threads.
pub(super) fn restrict(needs: &Needs, locked: &mut LockedDown) -> Result<(), SandboxError> {
    let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
        locked.lacks.push(format!("system calls of {} are not filtered", std::env::consts::ARCH));
        return Ok(());
    };
    let compiled = programs(needs, arch).map_err(|error| refused(&error))?;
    for program in &compiled {
        match apply_filter_all_threads(program) {
            Ok(()) => {}
            Err(seccompiler::Error::Seccomp(error)) if is_absent(&error) => {
                locked.lacks.push("the kernel has no seccomp filters: system calls are not restricted".to_owned());
                return Ok(());
            }
            Err(error) => return Err(refused(&error)),
        }
    }
    locked.seccomp = true;
    Ok(())
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS))
}

fn refused(error: &impl ToString) -> SandboxError {
    SandboxError::Refused { what: "seccomp", why: error.to_string() }
}

/// The two filters, in the order in which they are set.
fn programs(needs: &Needs, arch: TargetArch) -> seccompiler::Result<[BpfProgram; 2]> {
    let compile = |rules, otherwise, found| -> seccompiler::Result<BpfProgram> {
        Ok(SeccompFilter::new(rules, otherwise, found, arch)?.try_into()?)
    };
    let (allow, errno) = (SeccompAction::Allow, |number: i32| SeccompAction::Errno(number.unsigned_abs()));
    Ok([compile(allowed(needs), errno(ENOSYS), allow.clone())?, compile(refusals(needs)?, allow, errno(EPERM))?])
}

/// By number alone.
fn allowed(needs: &Needs) -> Rules {
    let always = [FILES, MEMORY, THREADS, SIGNALS, TIME_AND_WAITING, SELF, OLDER];
    let asked = [(needs.writes, CHANGES), (needs.writes, OLDER_CHANGES), (needs.network, NETWORK)];
    let asked = asked.into_iter().filter(|(wanted, _)| *wanted).map(|(_, calls)| calls);
    always.into_iter().chain(asked).flatten().map(|call| (*call, Vec::new())).collect()
}

/// What is `EPERM`: always, or with these arguments.
fn refusals(needs: &Needs) -> seccompiler::Result<Rules> {
    let asked = [(needs.writes, CHANGES), (needs.writes, OLDER_CHANGES), (needs.network, NETWORK)];
    let asked = asked.into_iter().filter(|(wanted, _)| !*wanted).map(|(_, calls)| calls);
    let mut rules: Rules =
        [REFUSED, OLDER_REFUSED].into_iter().chain(asked).flatten().map(|call| (*call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    let threads = libc::CLONE_THREAD.unsigned_abs().into();
    let prctls: Vec<u64> = PRCTLS.iter().map(|option| option.unsigned_abs().into()).collect();
    // A process of its own; signals to others; limits changed; what is not in the lists above.
    rules.insert(libc::SYS_clone, vec![rule(&[(0, SeccompCmpOp::MaskedEq(threads), 0)])?]);
    rules.insert(libc::SYS_kill, vec![rule(&[(0, SeccompCmpOp::Ne, own)])?]);
    rules.insert(libc::SYS_tgkill, vec![rule(&[(0, SeccompCmpOp::Ne, own)])?]);
    rules.insert(libc::SYS_prlimit64, vec![whole(2, SeccompCmpOp::Ne, 0)?]);
    // Their type differs between C libraries; their numbers are positive.
    #[allow(clippy::unnecessary_cast)]
    let ioctls: Vec<u64> = IOCTLS.iter().map(|request| *request as u64).collect();
    rules.insert(libc::SYS_ioctl, vec![none_of(1, &ioctls)?]);
    rules.insert(libc::SYS_prctl, vec![none_of(0, &prctls)?]);
    Ok(rules)
}

/// All of these hold, of the lower 32 bits of the arguments.
fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> seccompiler::Result<SeccompRule> {
    let conditions = conditions
        .iter()
        .map(|(argument, operator, value)| {
            SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, operator.clone(), *value)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(SeccompRule::new(conditions)?)
}

fn whole(argument: u8, operator: SeccompCmpOp, value: u64) -> seccompiler::Result<SeccompRule> {
    Ok(SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)?])?)
}

/// The argument is not one of these.
fn none_of(argument: u8, values: &[u64]) -> seccompiler::Result<SeccompRule> {
    rule(&values.iter().map(|value| (argument, SeccompCmpOp::Ne, *value)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_both_allowed_and_refused() {
        for (writes, network) in [(false, false), (true, false), (false, true), (true, true)] {
            let needs = Needs { writes, network };
            let (allowed, refused) = (allowed(&needs), refusals(&needs).unwrap());
            let always = refused.iter().filter(|(_, rules)| rules.is_empty()).map(|(call, _)| call);
            let both: Vec<_> = always.filter(|call| allowed.contains_key(call)).collect();
            assert!(both.is_empty(), "{both:?}");
            let conditional = refused.iter().filter(|(_, rules)| !rules.is_empty());
            assert!(conditional.into_iter().all(|(call, _)| allowed.contains_key(call)));
        }
    }

    #[test]
    fn the_filters_are_short_enough_for_the_kernel() {
        let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
        let programs = programs(&Needs { writes: true, network: true }, arch).unwrap();
        assert!(programs.iter().all(|program| program.len() < 4096), "{:?}", programs.map(|p| p.len()));
    }
}

//! The rights of preview 1. What a descriptor can do follows from its kind and from how it was opened; on top of that a program
//! can give rights up (`fd_fdstat_set_rights`), and what it gave up is refused from then on. What a program did not ask for when
//! it opened a descriptor is not refused, reading and writing apart: so do the other hosts, and libraries rely on it.

use pyrun_memfs::{FileKind, OpenFlags};

bitflags::bitflags! {
    /// Rights over a descriptor, by the numbers of `wasi_snapshot_preview1`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Rights: u64 {
        /// `fd_datasync`.
        const FD_DATASYNC = 1;
        /// `fd_read`, `fd_pread`.
        const FD_READ = 1 << 1;
        /// `fd_seek`, and positions in `fd_pread` and `fd_pwrite`.
        const FD_SEEK = 1 << 2;
        /// `fd_fdstat_set_flags`.
        const FD_FDSTAT_SET_FLAGS = 1 << 3;
        /// `fd_sync`.
        const FD_SYNC = 1 << 4;
        /// `fd_tell`.
        const FD_TELL = 1 << 5;
        /// `fd_write`, `fd_pwrite`.
        const FD_WRITE = 1 << 6;
        /// `fd_advise`.
        const FD_ADVISE = 1 << 7;
        /// `fd_allocate`.
        const FD_ALLOCATE = 1 << 8;
        /// `path_create_directory`.
        const PATH_CREATE_DIRECTORY = 1 << 9;
        /// `path_open` that creates.
        const PATH_CREATE_FILE = 1 << 10;
        /// `path_link` from here.
        const PATH_LINK_SOURCE = 1 << 11;
        /// `path_link` to here.
        const PATH_LINK_TARGET = 1 << 12;
        /// `path_open`.
        const PATH_OPEN = 1 << 13;
        /// `fd_readdir`.
        const FD_READDIR = 1 << 14;
        /// `path_readlink`.
        const PATH_READLINK = 1 << 15;
        /// `path_rename` from here.
        const PATH_RENAME_SOURCE = 1 << 16;
        /// `path_rename` to here.
        const PATH_RENAME_TARGET = 1 << 17;
        /// `path_filestat_get`.
        const PATH_FILESTAT_GET = 1 << 18;
        /// `path_open` that truncates.
        const PATH_FILESTAT_SET_SIZE = 1 << 19;
        /// `path_filestat_set_times`.
        const PATH_FILESTAT_SET_TIMES = 1 << 20;
        /// `fd_filestat_get`.
        const FD_FILESTAT_GET = 1 << 21;
        /// `fd_filestat_set_size`.
        const FD_FILESTAT_SET_SIZE = 1 << 22;
        /// `fd_filestat_set_times`.
        const FD_FILESTAT_SET_TIMES = 1 << 23;
        /// `path_symlink`.
        const PATH_SYMLINK = 1 << 24;
        /// `path_remove_directory`.
        const PATH_REMOVE_DIRECTORY = 1 << 25;
        /// `path_unlink_file`.
        const PATH_UNLINK_FILE = 1 << 26;
        /// `poll_oneoff` with this descriptor.
        const POLL_FD_READWRITE = 1 << 27;
        /// `sock_shutdown`.
        const SOCK_SHUTDOWN = 1 << 28;
        /// `sock_accept`.
        const SOCK_ACCEPT = 1 << 29;
    }
}

/// What can be done with a directory.
const DIRECTORY: Rights = Rights::FD_FDSTAT_SET_FLAGS
    .union(Rights::FD_SYNC)
    .union(Rights::FD_DATASYNC)
    .union(Rights::FD_ADVISE)
    .union(Rights::PATH_CREATE_DIRECTORY)
    .union(Rights::PATH_CREATE_FILE)
    .union(Rights::PATH_LINK_SOURCE)
    .union(Rights::PATH_LINK_TARGET)
    .union(Rights::PATH_OPEN)
    .union(Rights::FD_READDIR)
    .union(Rights::PATH_READLINK)
    .union(Rights::PATH_RENAME_SOURCE)
    .union(Rights::PATH_RENAME_TARGET)
    .union(Rights::PATH_FILESTAT_GET)
    .union(Rights::PATH_FILESTAT_SET_SIZE)
    .union(Rights::PATH_FILESTAT_SET_TIMES)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::FD_FILESTAT_SET_TIMES)
    .union(Rights::PATH_SYMLINK)
    .union(Rights::PATH_REMOVE_DIRECTORY)
    .union(Rights::PATH_UNLINK_FILE)
    .union(Rights::POLL_FD_READWRITE);
/// What can be done with any file, whatever it was opened for.
const ANY_FILE: Rights =
    Rights::FD_FDSTAT_SET_FLAGS.union(Rights::FD_FILESTAT_GET).union(Rights::POLL_FD_READWRITE).union(Rights::FD_SYNC);
/// What can be done besides with a file that has positions.
const SEEKABLE: Rights = Rights::FD_SEEK
    .union(Rights::FD_TELL)
    .union(Rights::FD_ADVISE)
    .union(Rights::FD_DATASYNC)
    .union(Rights::FD_FILESTAT_SET_TIMES);
/// What can be done besides with one that is open for writing.
const WRITABLE: Rights = Rights::FD_ALLOCATE.union(Rights::FD_FILESTAT_SET_SIZE);

impl Rights {
    /// What a descriptor of this kind, opened so, can do.
    #[must_use]
    pub fn of(kind: FileKind, flags: OpenFlags) -> Self {
        if kind == FileKind::Directory {
            return DIRECTORY;
        }
        let mut rights = ANY_FILE;
        if kind == FileKind::File {
            rights |= SEEKABLE;
        }
        if flags.readable() {
            rights |= Self::FD_READ;
        }
        if flags.writable() {
            rights |= Self::FD_WRITE;
            if kind == FileKind::File {
                rights |= WRITABLE;
            }
        }
        rights
    }

    /// What descriptors that are opened below one of this kind can do at most.
    #[must_use]
    pub fn inherited(kind: FileKind) -> Self {
        if kind == FileKind::Directory { Self::all() } else { Self::empty() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_no_positions_and_a_directory_no_bytes() {
        let stream = Rights::of(FileKind::CharDevice, OpenFlags::WRONLY);
        assert!(stream.contains(Rights::FD_WRITE) && !stream.intersects(Rights::FD_SEEK | Rights::FD_TELL));
        let directory = Rights::of(FileKind::Directory, OpenFlags::RDONLY);
        assert!(!directory.intersects(Rights::FD_READ | Rights::FD_WRITE | Rights::FD_SEEK));
        let file = Rights::of(FileKind::File, OpenFlags::RDONLY);
        assert!(file.contains(Rights::FD_READ | Rights::FD_SEEK) && !file.intersects(Rights::FD_WRITE | WRITABLE));
    }
}

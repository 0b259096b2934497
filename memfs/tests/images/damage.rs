//! A damaged image is refused, or is another sound one: nothing that can be done with it panics or hangs.

use std::net::Shutdown;

use pyrun_memfs::*;

use crate::common::config;
use crate::state::rich;
use crate::world;

/// Does something of everything; only that it ends matters.
fn use_up(vfs: &mut Vfs) {
    world::everything(vfs);
    let mut buf = [0; 4096];
    for fd in 0..20 {
        let _ = (vfs.write(fd, b"x"), vfs.read(fd, &mut buf), vfs.getdents(fd, 2), vfs.dup(fd));
        let _ = (vfs.accept(fd, OpenFlags::empty()), vfs.send(fd, b"y"), vfs.shutdown(fd, Shutdown::Write));
        let _ = (vfs.fchdir(fd), vfs.getcwd(), vfs.stat(fd, b"..", true), vfs.ftruncate(fd, 3));
    }
    for (old, new) in
        [("/tmp", "/home/tmp"), ("/home", "/base/b/c/home"), ("/base/b", "/dev/b"), ("/dev", "/dev/shm/d")]
    {
        let _ = vfs.renameat(AT_FDCWD, old.as_bytes(), AT_FDCWD, new.as_bytes());
    }
    for path in ["/tmp/one", "/home/two", "/home/link", "/base/b/a", "/base/b/c/a", "/home/tmp/sparse"] {
        let _ = (vfs.write_file(path.as_bytes(), b"z"), vfs.unlinkat(AT_FDCWD, path.as_bytes()));
    }
    let _ = (vfs.create_dir_all(b"/new/directory"), vfs.socket(SocketFamily::Inet, OpenFlags::empty()));
    for fd in 0..40 {
        let _ = vfs.close(fd);
    }
    world::everything(vfs);
}

/// What a sound file system gives an image of can be read, and counts the same bytes.
fn is_sound(vfs: &Vfs) {
    let Ok(image) = vfs.freeze() else { return };
    let again: VfsImage = postcard::from_bytes(&postcard::to_stdvec(&image).unwrap()).expect("it can be read again");
    assert_eq!(again.bytes(), image.bytes());
}

/// Whether it could be read.
fn try_out(bytes: &[u8]) -> bool {
    let Ok(image) = postcard::from_bytes::<VfsImage>(bytes) else {
        return false;
    };
    match Vfs::thaw(&image, config(StorageLimits::default()), world::layers()) {
        Ok(mut vfs) => {
            is_sound(&vfs);
            use_up(&mut vfs);
            is_sound(&vfs);
        }
        Err(refused) => drop(refused.to_string()),
    }
    true
}

#[test]
fn no_flipped_bit_is_a_panic() {
    let bytes = postcard::to_stdvec(&rich().freeze().unwrap()).unwrap();
    assert!(try_out(&bytes));
    let mut read = 0;
    // A step that meets every bit number of a byte, in the parts of all kinds.
    for bit in (0..bytes.len() * 8).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        read += usize::from(try_out(&damaged));
    }
    assert!(read > 100, "too few of the damaged images could be read for the test to mean anything: {read}");
}

#[test]
fn a_part_of_an_image_is_none() {
    let bytes = postcard::to_stdvec(&rich().freeze().unwrap()).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        assert!(postcard::from_bytes::<VfsImage>(&bytes[..length]).is_err());
    }
}

# not-node: Emscripten's memory file system accepts these paths and ignores the umask; POSIX does not
"""Where POSIX says more than Emscripten's memory file system: trailing slashes, long names, umask, link loops, times."""
import errno
import os
import tempfile


def attempt(what, call):
    try:
        print(what, "->", call())
    except OSError as error:
        print(what, "raises", errno.errorcode[error.errno])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    open("f", "w").close()
    os.mkdir("d")
    attempt("stat of a file with a slash", lambda: os.stat("f/"))
    attempt("open of a file with a slash", lambda: open("f/"))
    attempt("folder with a slash", lambda: os.path.isdir("d/"))
    attempt("mkdir with a slash", lambda: os.mkdir("e/"))
    attempt("name of 255", lambda: os.mkdir("n" * 255))
    attempt("name of 256", lambda: os.mkdir("n" * 256))
    attempt("path of 5000", lambda: os.stat("d/" * 2500))
    attempt("umask", lambda: os.umask(0o027))
    attempt("applies to files", lambda: os.close(os.open("m", os.O_CREAT | os.O_WRONLY, 0o666)) or oct(os.stat("m").st_mode & 0o777))
    attempt("applies to folders", lambda: os.mkdir("md") or oct(os.stat("md").st_mode & 0o777))
    os.umask(0o022)
    before = os.stat(".").st_mtime_ns
    for i in range(50):
        os.mkdir(f"t{i}")
        after = os.stat(".").st_mtime_ns
        assert after > before, "a write in a folder moves its time"
        before = after
    print("times move")
    attempt("rmdir of .", lambda: os.rmdir("."))
    attempt("rename of .", lambda: os.rename(".", "x"))
    attempt("unlink of ..", lambda: os.unlink(".."))
    attempt("O_NOFOLLOW", lambda: os.symlink("f", "l") or os.open("l", os.O_RDONLY | os.O_NOFOLLOW))
    for i in range(45):
        os.symlink(f"c{i - 1}" if i else "f", f"c{i}")
    attempt("chain of 40", lambda: os.path.basename(os.readlink("c39")) and os.stat("c39").st_size)
    attempt("chain of 41", lambda: os.stat("c40"))
    r, w = os.pipe()
    os.set_blocking(r, False)
    attempt("empty pipe", lambda: os.read(r, 1))
    os.close(w)
    attempt("pipe without a writer", lambda: os.read(r, 1))
    attempt("/dev/zero", lambda: os.read(os.open("/dev/zero", os.O_RDONLY), 3))
    os.chdir("/")

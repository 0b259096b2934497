// What a program can try against the host, each with the errno that it gets. `attacks GROUP` runs one group: `paths` (given the
// read-only folder /ro and the writable folder /rw, with links in them that lead out), `links`, `readonly`, `addresses`, `values`,
// `limits`, `swap` (while the host swaps a folder for a link), `see` (without a grant).
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define ALL ((__wasi_rights_t)0x3fffffff)
#define READ (__WASI_RIGHTS_FD_READ)
#define WRITE (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE)

static int root, ro, rw;

static void tell(const char *what, int error) { printf("%-40s %d\n", what, error); }

static int preopen(const char *name) {
    for (int fd = 3;; fd++) {
        uint8_t found[64] = {0};
        __wasi_prestat_t stat;
        if (__wasi_fd_prestat_get(fd, &stat)) return -1;
        if (!__wasi_fd_prestat_dir_name(fd, found, sizeof found) && !strcmp((char *)found, name)) return fd;
    }
}

// path_open, and what it was: closes what it has opened.
static int open_as(int fd, const char *path, __wasi_lookupflags_t follow, __wasi_oflags_t flags, __wasi_rights_t rights) {
    __wasi_fd_t opened;
    int error = __wasi_path_open(fd, follow, path, flags, rights, ALL, 0, &opened);
    if (!error) error = __wasi_fd_close(opened);
    return error;
}
static int reads(int fd, const char *path) { return open_as(fd, path, 1, 0, READ); }

static void paths(void) {
    static const char *const names[] = {
        "/etc/passwd", "etc/passwd", "../etc/passwd", "a/../../etc/passwd", "..", "../rw", "./..", "folder/../..", "/", "//etc",
        "C:\\windows", "C:/windows", "\\\\server\\share", "..\\..\\etc", "", "absolute", "absolute/passwd", "upwards", "upwards/secret",
        "inside", "inside/", "inside/..", "file/", "file/..", "file/.", "nothing/../file", "folder/", "folder/.", "self/fd/0",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[64];
        snprintf(line, sizeof line, "open %s", names[i]);
        tell(line, reads(rw, names[i]));
    }
    tell("open proc/self/fd/4", reads(root, "proc/self/fd/4"));
    tell("open dev/fd/4", reads(root, "dev/fd/4"));
    tell("open ro from the root", reads(root, "ro/file"));
    tell("create through a link that leads out", open_as(rw, "upwards/new", 1, __WASI_OFLAGS_CREAT, WRITE));
    tell("create over a dangling link that leads out", open_as(rw, "dangling", 1, __WASI_OFLAGS_CREAT, WRITE));
    tell("link to an absolute path", __wasi_path_symlink("/etc", rw, "made"));
    tell("rename out", __wasi_path_rename(rw, "file", rw, "../file"));
    tell("rename in", __wasi_path_rename(rw, "../ro/file", rw, "file2"));
    tell("rename through a link that leads out", __wasi_path_rename(rw, "file", rw, "upwards/file"));
    tell("hard link out", __wasi_path_link(rw, 0, "file", rw, "../file"));
    tell("hard link from outside", __wasi_path_link(rw, 0, "../ro/file", rw, "made"));
    tell("hard link what a link leads to", __wasi_path_link(rw, 1, "upwards/secret", rw, "made"));
    tell("remove through a link that leads out", __wasi_path_unlink_file(rw, "upwards/secret"));
    tell("remove a folder outside", __wasi_path_remove_directory(rw, "../ro"));
    tell("make a folder outside", __wasi_path_create_directory(rw, "../made"));
    tell("times through a link that leads out", __wasi_path_filestat_set_times(rw, 1, "upwards/secret", 0, 0, 2));
    __wasi_filestat_t stat;
    tell("status through a link that leads out", __wasi_path_filestat_get(rw, 1, "upwards/secret", &stat));
    tell("status of the link itself", __wasi_path_filestat_get(rw, 0, "upwards", &stat));
    tell("unlink with a slash", __wasi_path_unlink_file(rw, "file/"));
    tell("unlink a folder", __wasi_path_unlink_file(rw, "folder"));
    tell("rename with a slash", __wasi_path_rename(rw, "file", rw, "other/"));
    tell("make a link with a slash", __wasi_path_symlink("file", rw, "made/"));
    tell("open a link without following", open_as(rw, "inside", 0, 0, READ));
}

// No link that leads out for the host comes to be, however its name does.
static void links(void) {
    (void)!__wasi_path_create_directory(rw, "a");
    (void)!__wasi_path_create_directory(rw, "a/b");
    tell("two up from two down", __wasi_path_symlink("../../file", rw, "a/b/l"));
    tell("two up from one down", __wasi_path_symlink("../../file", rw, "a/l"));
    tell("up from the folder itself", __wasi_path_symlink("../x", rw, "l"));
    tell("up behind a name", __wasi_path_symlink("a/../x", rw, "l"));
    tell("up behind a link to here", (__wasi_path_symlink(".", rw, "here"), __wasi_path_symlink("here/../../x", rw, "a/l")));
    tell("rename aside", __wasi_path_rename(rw, "a/b/l", rw, "a/b/m"));
    tell("rename up", __wasi_path_rename(rw, "a/b/m", rw, "a/m"));
    tell("rename up over a file", __wasi_path_rename(rw, "a/b/m", rw, "file"));
    tell("hard link aside", __wasi_path_link(rw, 0, "a/b/m", rw, "a/b/n"));
    tell("hard link up", __wasi_path_link(rw, 0, "a/b/m", rw, "a/n"));
    tell("move its folder up", __wasi_path_rename(rw, "a/b", rw, "b"));
    tell("move its folder aside", __wasi_path_rename(rw, "a/b", rw, "a/c"));
    __wasi_fd_t a = 0;
    (void)!__wasi_path_open(rw, 0, "a", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_PATH_RENAME_SOURCE, ALL, 0, &a);
    tell("rename up by a descriptor", __wasi_path_rename(a, "c/m", rw, "m"));
    tell("move up by a descriptor", __wasi_path_rename(a, "c", rw, "c"));
    tell("move what may be moved", __wasi_path_rename(rw, "a", rw, "d"));
    tell("rename the host's link", __wasi_path_rename(rw, "absolute", rw, "mine"));
    tell("hard link the host's link", __wasi_path_link(rw, 0, "absolute", rw, "mine"));
    tell("remove the host's link", __wasi_path_unlink_file(rw, "absolute"));
}

static void readonly(void) {
    tell("open to read", reads(ro, "file"));
    tell("open to write", open_as(ro, "file", 1, 0, WRITE));
    tell("open and truncate", open_as(ro, "file", 1, __WASI_OFLAGS_TRUNC, READ));
    tell("create", open_as(ro, "made", 1, __WASI_OFLAGS_CREAT, WRITE));
    tell("create with the right to read only", open_as(ro, "made", 1, __WASI_OFLAGS_CREAT, READ));
    tell("create exclusively", open_as(ro, "made", 1, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, READ));
    tell("make a folder", __wasi_path_create_directory(ro, "made"));
    tell("remove a folder", __wasi_path_remove_directory(ro, "folder"));
    tell("remove a file", __wasi_path_unlink_file(ro, "file"));
    tell("rename", __wasi_path_rename(ro, "file", ro, "made"));
    tell("rename to the writable folder", __wasi_path_rename(ro, "file", rw, "made"));
    tell("rename from the writable folder", __wasi_path_rename(rw, "file", ro, "made"));
    tell("hard link", __wasi_path_link(ro, 0, "file", ro, "made"));
    tell("hard link to the writable folder", __wasi_path_link(ro, 0, "file", rw, "made"));
    tell("hard link from the writable folder", __wasi_path_link(rw, 0, "file", ro, "made"));
    tell("symbolic link", __wasi_path_symlink("file", ro, "made"));
    tell("set times", __wasi_path_filestat_set_times(ro, 0, "file", 0, 0, 2));
    tell("create through the root", open_as(root, "ro/made", 1, __WASI_OFLAGS_CREAT, WRITE));
    __wasi_fd_t fd = 0;
    (void)!__wasi_path_open(ro, 0, "file", 0, READ, ALL, 0, &fd);
    __wasi_ciovec_t out = {(const uint8_t *)"x", 1};
    __wasi_size_t used;
    tell("write to what was opened to read", __wasi_fd_write(fd, &out, 1, &used));
    tell("set its size", __wasi_fd_filestat_set_size(fd, 0));
    tell("allocate", __wasi_fd_allocate(fd, 0, 100));
    tell("set its times", __wasi_fd_filestat_set_times(fd, 0, 0, 2));
    tell("ask for more rights", __wasi_fd_fdstat_set_rights(fd, WRITE, 0));
}

static void addresses(void) {
    __wasi_size_t used;
    uint8_t *far = (uint8_t *)(uintptr_t)0xfffffff0;
    __wasi_iovec_t wide[2] = {{(uint8_t *)16, 0xfffffff0}, {far, 0xff}};
    __wasi_filestat_t *outside = (void *)far;
    tell("read into the end", __wasi_fd_read(0, wide, 1, &used));
    tell("read with far vectors", __wasi_fd_read(0, (void *)far, 1, &used));
    tell("read with too many vectors", __wasi_fd_read(0, wide, 0x20000001, &used));
    tell("write from the end", __wasi_fd_write(1, (__wasi_ciovec_t *)wide, 2, &used));
    tell("entropy over everything", __wasi_random_get(0, 0xffffffff));
    tell("arguments outside", __wasi_args_get((uint8_t **)far, far));
    tell("sizes outside", __wasi_args_sizes_get((void *)far, (void *)(far + 14)));
    tell("environment outside", __wasi_environ_get((uint8_t **)(far + 15), far));
    tell("status outside", __wasi_fd_filestat_get(1, outside));
    tell("listing outside", __wasi_fd_readdir(root, far, 0xff, 0, &used));
    tell("listing longer than memory", __wasi_fd_readdir(root, 0, 0xffffffff, 0, &used));
    tell("poll outside", __wasi_poll_oneoff((void *)far, (void *)far, 1, &used));
    tell("poll of too many", __wasi_poll_oneoff((void *)16, (void *)16, 0x05555556, &used));
    tell("poll of none", __wasi_poll_oneoff((void *)16, (void *)16, 0, &used));
    tell("clock outside", __wasi_clock_time_get(0, 0, (void *)far));
    __wasi_fd_t *nowhere = (void *)(far + 13);
    tell("open with the answer outside", __wasi_path_open(root, 0, "tmp/made", __WASI_OFLAGS_CREAT, WRITE, 0, 0, nowhere));
    tell("and nothing was created", reads(root, "tmp/made"));
    char *long_path = malloc(100000);
    memset(long_path, 'a', 99999);
    long_path[99999] = 0;
    tell("a long path", reads(root, long_path));
    tell("a long name", (long_path[300] = 0, reads(root, long_path)));
}

static void values(void) {
    __wasi_fd_t fd = 0, copy;
    __wasi_filesize_t at;
    __wasi_size_t used;
    uint8_t buffer[64];
    __wasi_iovec_t in = {buffer, sizeof buffer};
    (void)!__wasi_path_open(root, 0, "tmp/values", __WASI_OFLAGS_CREAT, ALL, ALL, 0, &fd);
    tell("a size beyond 63 bits", __wasi_fd_filestat_set_size(fd, 0xffffffffffffffff));
    tell("the largest size", __wasi_fd_filestat_set_size(fd, 0x7fffffffffffffff));
    tell("room for the largest size", __wasi_fd_allocate(fd, 0, 0x7fffffffffffffff));
    tell("room that overflows", __wasi_fd_allocate(fd, 0x7fffffffffffffff, 0x7fffffffffffffff));
    tell("no room", __wasi_fd_allocate(fd, 0, 0));
    tell("seek below 0", __wasi_fd_seek(fd, INT64_MIN, __WASI_WHENCE_SET, &at));
    tell("seek beyond", __wasi_fd_seek(fd, INT64_MAX, __WASI_WHENCE_END, &at));
    tell("seek nowhere", __wasi_fd_seek(fd, 0, 7, &at));
    tell("read at a negative offset", __wasi_fd_pread(fd, &in, 1, 0xffffffffffffffff, &used));
    tell("the last time", __wasi_fd_filestat_set_times(fd, 0xffffffffffffffff, 0xffffffffffffffff, 5));
    tell("both times at once", __wasi_fd_filestat_set_times(fd, 0, 0, 3));
    tell("unknown times", __wasi_fd_filestat_set_times(fd, 0, 0, 0xfff0));
    tell("the last cookie", __wasi_fd_readdir(root, buffer, sizeof buffer, 0xffffffffffffffff, &used));
    tell("a cookie far away", __wasi_fd_readdir(root, buffer, sizeof buffer, 1ull << 40, &used));
    tell("a buffer of no bytes", __wasi_fd_readdir(root, buffer, 0, 0, &used));
    tell("an unknown advice", __wasi_fd_advise(fd, 0, 0, 99));
    tell("unknown open flags", __wasi_path_open(root, 0, "tmp", 0xfff0, ALL, ALL, 0, &copy));
    tell("unknown descriptor flags", __wasi_fd_fdstat_set_flags(fd, 0xff00));
    tell("an unknown clock", __wasi_clock_time_get(77, 0, &at));
    tell("descriptor -1", __wasi_fd_close(-1));
    tell("descriptor of 31 bits", __wasi_fd_close(0x7fffffff));
    tell("renumber to a closed one", __wasi_fd_renumber(fd, 1000));
    tell("renumber to the highest", __wasi_fd_renumber(fd, 0x7fffffff));
    tell("renumber to itself", __wasi_fd_renumber(fd, fd));
    __wasi_subscription_t wait = {.userdata = 1, .u = {.tag = __WASI_EVENTTYPE_CLOCK}};
    __wasi_event_t event;
    wait.u.u.clock.flags = __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME;
    tell("wait for the past", __wasi_poll_oneoff(&wait, &event, 1, &used));
    wait.u.tag = 9;
    tell("wait for an unknown event", __wasi_poll_oneoff(&wait, &event, 1, &used));
    // Padding of a structure must be zeros, whatever was there.
    memset(buffer, 0xff, sizeof buffer);
    (void)!__wasi_fd_filestat_get(fd, (void *)buffer);
    int padding = 0;
    for (int i = 17; i < 24; i++) padding |= buffer[i];
    memset(buffer, 0xff, sizeof buffer);
    (void)!__wasi_fd_fdstat_get(fd, (void *)buffer);
    for (int i = 4; i < 8; i++) padding |= buffer[i];
    memset(buffer, 0xff, sizeof buffer);
    (void)!__wasi_fd_readdir(root, buffer, 24, 0, &used);
    for (int i = 21; i < 24; i++) padding |= buffer[i];
    tell("bytes in padding", padding);
}

static void limits(void) {
    char name[32];
    __wasi_fd_t fd = 0;
    int error = 0, count = 0;
    for (; !error && count < 100000; count++) error = __wasi_path_open(root, 0, "tmp", __WASI_OFLAGS_DIRECTORY, 0, 0, 0, &fd);
    printf("descriptors: %d after %d\n", error, count - 1);
    (void)!__wasi_fd_close(fd);
    for (error = count = 0; !error && count < 100000; count++) {
        snprintf(name, sizeof name, "tmp/%d", count);
        error = __wasi_path_create_directory(root, name);
    }
    printf("folders: %d, more than 100: %d\n", error, count > 100);
    (void)!__wasi_path_remove_directory(root, "tmp/0");
    error = __wasi_path_open(root, 0, "tmp/large", __WASI_OFLAGS_CREAT, WRITE, 0, 0, &fd);
    static uint8_t block[65536] = {1};
    __wasi_ciovec_t out = {block, sizeof block};
    __wasi_size_t used = 0;
    uint64_t total = 0;
    for (; !error && total < 1ull << 32; total += used) error = __wasi_fd_write(fd, &out, 1, &used);
    printf("bytes: %d, %d KiB and less than one block\n", error, (int)(total >> 16 << 6));
    int pages = 0;
    while (pages < 65536 && __builtin_wasm_memory_grow(0, 1) != (size_t)-1) pages++;
    printf("memory: %d MiB\n", (int)(__builtin_wasm_memory_size(0) >> 4));
}

static void swap(void) {
    int inside = 0, outside = 0;
    for (int i = 0; i < 20000; i++) {
        __wasi_fd_t fd;
        if (__wasi_path_open(rw, 1, "swapped/secret", 0, READ, 0, 0, &fd)) continue;
        char text[16] = {0};
        __wasi_iovec_t in = {(uint8_t *)text, sizeof text - 1};
        __wasi_size_t used;
        if (!__wasi_fd_read(fd, &in, 1, &used)) *(strcmp(text, "inside") ? &outside : &inside) += 1;
        (void)!__wasi_fd_close(fd);
    }
    fprintf(stderr, "inside %d\n", inside);
    printf("outside %d\n", outside);
}

static void see(void) {
    __wasi_size_t count, bytes;
    (void)!__wasi_environ_sizes_get(&count, &bytes);
    printf("variables: %zu\n", count);
    static const char *const names[] = {"etc/passwd", "home/user", "root", "usr/bin", "var", "proc/1", "proc/self/environ", "sys", "dev/mem", "dev/sda"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) tell(names[i], reads(root, names[i]));
    for (int fd = 4; fd < 10; fd++) {
        __wasi_filestat_t stat;
        if (!__wasi_fd_filestat_get(fd, &stat)) printf("descriptor %d is open\n", fd);
    }
}

int main(int argc, char **argv) {
    root = preopen("/"), ro = preopen("/ro"), rw = preopen("/rw");
    static const struct {
        const char *name;
        void (*run)(void);
    } groups[] = {{"paths", paths}, {"links", links}, {"readonly", readonly}, {"addresses", addresses}, {"values", values},
                  {"limits", limits}, {"swap", swap}, {"see", see}};
    for (size_t i = 0; argc > 1 && i < sizeof groups / sizeof *groups; i++)
        if (!strcmp(argv[1], groups[i].name)) return groups[i].run(), 0;
    return 1;
}

// Every function of wasi_snapshot_preview1 once, with what it answers. It is given two arguments, the variable LEVEL=3, and the
// preopened directory 3. What differs from run to run (times, entropy, numbers of inodes) is checked here and not printed.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int32_t proc_raise(int32_t signal);

#define ROOT 3
#define ALL ((__wasi_rights_t)0x3fffffff)
#define FILE_RIGHTS (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL)

static void tell(const char *name, int error, const char *more) { printf("%-24s %d%s%s\n", name, error, *more ? " " : "", more); }
static char text[256];
#define TELL(name, call, ...)                                                                                                  \
    do {                                                                                                                       \
        int error_ = (call);                                                                                                   \
        snprintf(text, sizeof text, __VA_ARGS__);                                                                              \
        tell(name, error_, text);                                                                                              \
    } while (0)

static void arguments(void) {
    __wasi_size_t count = 0, bytes = 0;
    uint8_t *pointers[8] = {0}, block[128];
    TELL("args_sizes_get", __wasi_args_sizes_get(&count, &bytes), "%zu strings", count);
    TELL("args_get", __wasi_args_get(pointers, block), "%s %s", (char *)pointers[1], (char *)pointers[2]);
    TELL("environ_sizes_get", __wasi_environ_sizes_get(&count, &bytes), "%zu strings, %zu bytes", count, bytes);
    TELL("environ_get", __wasi_environ_get(pointers, block), "%s", (char *)pointers[0]);
}

static void clocks(void) {
    __wasi_timestamp_t wall = 0, first = 0, second = 0, resolution = 0;
    TELL("clock_res_get", __wasi_clock_res_get(__WASI_CLOCKID_MONOTONIC, &resolution), "%s", resolution ? "positive" : "zero");
    int error = __wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &wall);
    (void)!__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &first);
    (void)!__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &second);
    TELL("clock_time_get", error, "%s, %s", wall > 1600000000000000000u ? "after 2020" : "before 2020",
         first <= second ? "forwards" : "backwards");
    uint8_t entropy[32] = {0};
    error = __wasi_random_get(entropy, sizeof entropy);
    int set = 0;
    for (size_t i = 0; i < sizeof entropy; i++) set += entropy[i] != 0;
    TELL("random_get", error, "%s", set > 16 ? "bytes" : "zeros");
    TELL("sched_yield", __wasi_sched_yield(), "");
}

static __wasi_fd_t open_file(const char *name, __wasi_oflags_t flags) {
    __wasi_fd_t fd = 0;
    __wasi_rights_t rights = flags & __WASI_OFLAGS_DIRECTORY ? __WASI_RIGHTS_FD_READDIR : ALL;
    int error = __wasi_path_open(ROOT, 0, name, flags, rights, ALL, 0, &fd);
    TELL("path_open", error, "%s is %d", name, fd);
    return fd;
}

static void descriptors(__wasi_fd_t fd) {
    __wasi_prestat_t stat;
    TELL("fd_prestat_get", __wasi_fd_prestat_get(ROOT, &stat), "%zu bytes", stat.u.dir.pr_name_len);
    uint8_t name[64] = {0};
    TELL("fd_prestat_dir_name", __wasi_fd_prestat_dir_name(ROOT, name, sizeof name), "%s", (char *)name);
    __wasi_fdstat_t fdstat;
    int error = __wasi_fd_fdstat_get(fd, &fdstat);
    TELL("fd_fdstat_get", error, "kind %d, flags %d, writes %d", fdstat.fs_filetype, fdstat.fs_flags,
         (fdstat.fs_rights_base & __WASI_RIGHTS_FD_WRITE) != 0);
    TELL("fd_fdstat_set_flags", __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND), "");
    (void)!__wasi_fd_fdstat_set_flags(fd, 0);
    error = __wasi_fd_fdstat_set_rights(fd, FILE_RIGHTS, 0);
    TELL("fd_fdstat_set_rights", error, "then fd_allocate %d", __wasi_fd_allocate(fd, 0, 1));
}

static void files(__wasi_fd_t fd) {
    __wasi_size_t count = 0;
    __wasi_filesize_t at = 0;
    char buffer[16] = {0};
    __wasi_ciovec_t out[2] = {{(const uint8_t *)"hello ", 6}, {(const uint8_t *)"world", 5}};
    __wasi_iovec_t in = {(uint8_t *)buffer, 5};
    TELL("fd_write", __wasi_fd_write(fd, out, 2, &count), "%zu bytes", count);
    TELL("fd_pwrite", __wasi_fd_pwrite(fd, out, 1, 20, &count), "%zu bytes", count);
    TELL("fd_tell", __wasi_fd_tell(fd, &at), "%d", (int)at);
    TELL("fd_seek", __wasi_fd_seek(fd, -5, __WASI_WHENCE_CUR, &at), "%d", (int)at);
    TELL("fd_read", __wasi_fd_read(fd, &in, 1, &count), "%s", buffer);
    TELL("fd_pread", __wasi_fd_pread(fd, &in, 1, 20, &count), "%s", buffer);
}

static void sizes(void) {
    __wasi_fd_t fd = open_file("sizes", __WASI_OFLAGS_CREAT);
    __wasi_filestat_t stat;
    TELL("fd_advise", __wasi_fd_advise(fd, 0, 10, __WASI_ADVICE_SEQUENTIAL), "");
    TELL("fd_allocate", __wasi_fd_allocate(fd, 0, 100), "");
    TELL("fd_filestat_set_size", __wasi_fd_filestat_set_size(fd, 60), "");
    TELL("fd_filestat_set_times", __wasi_fd_filestat_set_times(fd, 1000000000, 2000000000, 5), "");
    int error = __wasi_fd_filestat_get(fd, &stat);
    TELL("fd_filestat_get", error, "kind %d, %d bytes, %d links, times %d %d", stat.filetype, (int)stat.size, (int)stat.nlink,
         (int)(stat.atim / 1000000000), (int)(stat.mtim / 1000000000));
    TELL("fd_datasync", __wasi_fd_datasync(fd), "");
    TELL("fd_sync", __wasi_fd_sync(fd), "");
    TELL("fd_renumber", __wasi_fd_renumber(fd, 4), "");
    TELL("fd_close", __wasi_fd_close(4), "then fd_close %d", __wasi_fd_close(4));
}

static void list(void) {
    uint8_t buffer[1024];
    __wasi_size_t used = 0;
    __wasi_fd_t fd = open_file("folder", __WASI_OFLAGS_DIRECTORY);
    int error = __wasi_fd_readdir(fd, buffer, sizeof buffer, __WASI_DIRCOOKIE_START, &used);
    char names[128] = "";
    for (size_t at = 0; at + sizeof(__wasi_dirent_t) <= used;) {
        __wasi_dirent_t entry;
        memcpy(&entry, buffer + at, sizeof entry);
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, " %.*s:%d", (int)entry.d_namlen, buffer + at + sizeof entry, entry.d_type);
        at += sizeof entry + entry.d_namlen;
    }
    TELL("fd_readdir", error, "%zu bytes%s", used, names);
    (void)!__wasi_fd_close(fd);
}

static void paths(void) {
    __wasi_filestat_t stat;
    uint8_t target[32] = {0};
    __wasi_size_t used = 0;
    TELL("path_create_directory", __wasi_path_create_directory(ROOT, "folder"), "");
    TELL("path_link", __wasi_path_link(ROOT, 0, "file", ROOT, "folder/link"), "");
    TELL("path_symlink", __wasi_path_symlink("link", ROOT, "folder/symlink"), "");
    TELL("path_readlink", __wasi_path_readlink(ROOT, "folder/symlink", target, sizeof target, &used), "%s", (char *)target);
    TELL("path_filestat_set_times", __wasi_path_filestat_set_times(ROOT, 1, "file", 3000000000, 0, 9), "");
    int error = __wasi_path_filestat_get(ROOT, 1, "folder/symlink", &stat);
    TELL("path_filestat_get", error, "kind %d, %d bytes, %d links, read at %d", stat.filetype, (int)stat.size, (int)stat.nlink,
         (int)(stat.atim / 1000000000));
    list();
    TELL("path_rename", __wasi_path_rename(ROOT, "folder/link", ROOT, "moved"), "");
    TELL("path_unlink_file", __wasi_path_unlink_file(ROOT, "folder/symlink"), "");
    TELL("path_remove_directory", __wasi_path_remove_directory(ROOT, "folder"), "");
}

static void waiting(void) {
    __wasi_subscription_t in[2] = {{.userdata = 7, .u = {.tag = __WASI_EVENTTYPE_CLOCK}}, {.userdata = 8}};
    in[0].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    in[0].u.u.clock.timeout = 1;
    in[1].u.tag = __WASI_EVENTTYPE_FD_READ;
    in[1].u.u.fd_read.file_descriptor = 99;
    __wasi_event_t out[2];
    __wasi_size_t count = 0;
    int error = __wasi_poll_oneoff(in, out, 2, &count);
    TELL("poll_oneoff", error, "%zu events, the last for %d: %d", count, (int)out[count - 1].userdata, out[count - 1].error);
}

static void sockets(void) {
    __wasi_fd_t fd = 0;
    __wasi_size_t count = 0;
    __wasi_roflags_t flags = 0;
    TELL("sock_accept", __wasi_sock_accept(ROOT, 0, &fd), "");
    TELL("sock_recv", __wasi_sock_recv(ROOT, 0, 0, 0, &count, &flags), "");
    TELL("sock_send", __wasi_sock_send(99, 0, 0, 0, &count), "");
    TELL("sock_shutdown", __wasi_sock_shutdown(1, __WASI_SDFLAGS_WR), "");
}

int main(void) {
    arguments();
    clocks();
    __wasi_fd_t fd = open_file("file", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC);
    descriptors(fd);
    files(fd);
    sizes();
    paths();
    waiting();
    sockets();
    TELL("proc_raise", proc_raise(27), "a signal that is ignored");
    printf("%-24s\n", "proc_exit");
    fflush(stdout);
    __wasi_proc_exit(42);
}

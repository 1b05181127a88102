// Loaded before a program (LD_PRELOAD), makes trouble beneath it. What it does stands in the environment:
//
//   TROUBLE_ROOT=FOLDER      watch the files below it (/: all); the rest needs it
//   TROUBLE_LOG=FILE         a line for each change of these files, and for each trouble that came about
//   TROUBLE_CUT=[sync:]N     the power fails at change N, or at change N of names and durability alone
//   TROUBLE_KILL=1           it does not: the process is killed there, and what it wrote stays
//   TROUBLE_ATTIC=FOLDER     an empty one on the same disk, for what a cut brings back
//   TROUBLE_SEED=N           which unsynced writes and names a cut takes
//   TROUBLE_BOOT=TEXT        the name of this run of the system
//   TROUBLE_FULL=FILE        the disk is full while FILE is there
//   TROUBLE_FAIL=CALL:N:ERRNO[:COUNT]   call N of that name fails, and the next ones up to COUNT
//   TROUBLE_ALLOC=N          allocation N of operator new fails, from when the program has a new-handler on
//   TROUBLE_MOST=N           reads and writes move so many bytes at most, of files and of sockets
//   TROUBLE_SPEED=N          its clock of time that passed runs N times as fast
//
// The time of a file's last change of any kind is shown as its time of modification: no test could set it
// back.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "power.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *full_flag, *fail_call, *boot;
static int log_fd = -1, fail_errno;
static long cut_at, changes, alloc_at, allocations, speed = 1, fail_at, fail_count, fail_seen;
static int only_syncs, only_kill;
static size_t most = (size_t)-1;
static struct timespec began;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void say(const char* format, ...) {
    if (log_fd < 0) return;
    char line[2 * PATH_MAX + 64];
    va_list words;
    va_start(words, format);
    const int length = vsnprintf(line, sizeof line, format, words);
    va_end(words);
    syscall(SYS_write, log_fd, line, length < (int)sizeof line ? length : (int)sizeof line);
}

__attribute__((constructor)) static void setup(void) {
    const char* text;
    root = getenv("TROUBLE_ROOT");
    full_flag = getenv("TROUBLE_FULL");
    boot = getenv("TROUBLE_BOOT");
    if ((text = getenv("TROUBLE_LOG")) != NULL)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if ((text = getenv("TROUBLE_CUT")) != NULL) {
        only_syncs = strncmp(text, "sync:", 5) == 0;
        cut_at = atol(only_syncs ? text + 5 : text);
    }
    only_kill = getenv("TROUBLE_KILL") != NULL;
    if ((text = getenv("TROUBLE_SPEED")) != NULL) speed = atol(text);
    if ((text = getenv("TROUBLE_MOST")) != NULL) most = strtoul(text, NULL, 10);
    if ((text = getenv("TROUBLE_FAIL")) != NULL) {
        static char name[32];
        fail_count = 1;
        if (sscanf(text, "%31[^:]:%ld:%d:%ld", name, &fail_at, &fail_errno, &fail_count) >= 3)
            fail_call = name;
    }
    text = getenv("TROUBLE_SEED");
    power_setup(getenv("TROUBLE_ATTIC"), text != NULL ? strtoul(text, NULL, 10) : 0);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &began);
    if ((text = getenv("TROUBLE_ALLOC")) != NULL) alloc_at = atol(text);
}

// --- what is watched ---------------------------------------------------------------------------------

static int is_watched(const char* path) {
    const size_t length = root != NULL ? strlen(root) : 0;
    return length > 0 && strncmp(path, root, length) == 0 &&
           (path[length] == '/' || path[length] == 0 || length == 1);
}

static const char* link_of(int fd, char* into) {
    char at[64];
    snprintf(at, sizeof at, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(at, into, PATH_MAX - 1);
    into[length > 0 ? length : 0] = 0;
    return into;
}

static const char* whole_path(int folder, const char* name, char* into) {
    if (name[0] == '/') return snprintf(into, PATH_MAX, "%s", name), into;
    char base[PATH_MAX];
    if (folder == AT_FDCWD)
        base[0] = 0, (void)!getcwd(base, sizeof base);
    else
        link_of(folder, base);
    snprintf(into, PATH_MAX, "%.2000s/%.2000s", base, name);
    return into;
}

static int watched_fd(int fd, char* path) { return root != NULL && is_watched(link_of(fd, path)); }

/// Whether this call is to fail now; sets errno.
static int fails(const char* call) {
    if (fail_call == NULL || strcmp(call, fail_call) != 0) return 0;
    const long number = __atomic_add_fetch(&fail_seen, 1, __ATOMIC_RELAXED);
    if (number < fail_at || number >= fail_at + fail_count) return 0;
    say("failed\t%s\t%ld\n", call, number);
    errno = fail_errno;
    return 1;
}

static int is_full(void) {
    if (full_flag == NULL || access(full_flag, F_OK) != 0) return 0;
    errno = ENOSPC;
    return 1;
}

/// A change begins: true if the power fails at it.
static int begin(int is_sync) {
    pthread_mutex_lock(&lock);
    if (cut_at == 0 || (only_syncs && !is_sync)) return 0;
    return ++changes == cut_at;
}
static void end(void) { pthread_mutex_unlock(&lock); }

__attribute__((noreturn)) static void die(void) {
    say(only_kill ? "killed\n" : "power cut\n");
    if (!only_kill) power_cut();
    for (;;) syscall(SYS_kill, getpid(), SIGKILL);
}

#define CUT_OR(is_sync) \
    if (begin(is_sync)) die();

// --- opening -----------------------------------------------------------------------------------------

static long any_open(long (*call)(int, const char*, int, mode_t, const void*), int folder, const char* name,
                     int flags, mode_t mode, const void* how) {
    char path[PATH_MAX];
    if (boot != NULL && strcmp(name, "/proc/sys/kernel/random/boot_id") == 0) {
        const int fd = memfd_create("boot", MFD_CLOEXEC);
        dprintf(fd, "%-36.36s\n", boot);
        return fd;
    }
    if (root == NULL || !is_watched(whole_path(folder, name, path)))
        return call(folder, name, flags, mode, how);
    if (fails("open")) return -1;
    if ((flags & O_CREAT) == 0 || access(path, F_OK) == 0) {
        if ((flags & O_TRUNC) == 0) return call(folder, name, flags, mode, how);
        const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        CUT_OR(0)
        struct stat facts;
        if (fd >= 0 && fstat(fd, &facts) == 0) power_data(fd, 0, (size_t)facts.st_size);
        const long opened = call(folder, name, flags, mode, how);
        end();
        syscall(SYS_close, fd);
        return opened;
    }
    if (is_full()) return -1;
    CUT_OR(1)
    const long fd = call(folder, name, flags, mode, how);
    if (fd >= 0) power_made(path, 0), power_touched((int)fd), say("create\t%s\n", path);
    end();
    return fd;
}

static long raw_openat(int folder, const char* name, int flags, mode_t mode, const void* how) {
    (void)how;
    return syscall(SYS_openat, folder, name, flags, mode);
}

#define OPEN_MODE                              \
    mode_t mode = 0;                           \
    if (flags & (O_CREAT | __O_TMPFILE)) {     \
        va_list more;                          \
        va_start(more, flags);                 \
        mode = (mode_t)va_arg(more, unsigned); \
        va_end(more);                          \
    }

int open64(const char* name, int flags, ...) {
    OPEN_MODE
    return (int)any_open(raw_openat, AT_FDCWD, name, flags, mode, NULL);
}
int openat64(int folder, const char* name, int flags, ...) {
    OPEN_MODE
    return (int)any_open(raw_openat, folder, name, flags, mode, NULL);
}

FILE* fopen64(const char* name, const char* how) {
    char path[PATH_MAX];
    const int makes =
        strchr(how, 'w') != NULL && root != NULL && is_watched(whole_path(AT_FDCWD, name, path));
    if (!makes) return REAL(fopen64)(name, how);
    const int fd = open64(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? NULL : fdopen(fd, how);
}

static long (*raw)(long, ...);

static long raw_openat2(int folder, const char* name, int flags, mode_t mode, const void* how) {
    (void)flags, (void)mode;
    return raw(SYS_openat2, folder, name, how, sizeof(struct open_how));
}

static int move(int from_folder, const char* from, int to_folder, const char* to, unsigned flags);

long syscall(long number, ...) {
    if (raw == NULL) raw = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    va_list all;
    va_start(all, number);
    long a[6];
    for (int i = 0; i < 6; ++i) a[i] = va_arg(all, long);
    va_end(all);
    if (number == SYS_openat2) {
        const struct open_how* how = (const struct open_how*)a[2];
        return any_open(raw_openat2, (int)a[0], (const char*)a[1], (int)how->flags, (mode_t)how->mode, how);
    }
    if (number == SYS_renameat2)
        return move((int)a[0], (const char*)a[1], (int)a[2], (const char*)a[3], (unsigned)a[4]);
    return raw(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// --- bytes -------------------------------------------------------------------------------------------

ssize_t pwrite64(int fd, const void* data, size_t length, off_t offset) {
    char path[PATH_MAX];
    if (!watched_fd(fd, path)) return syscall(SYS_pwrite64, fd, data, length, offset);
    if (fails("pwrite") || is_full()) return -1;
    if (length > most) length = most;
    const int cut = begin(0);
    power_data(fd, offset, length);
    // the power fails within it, too
    const ssize_t put = syscall(SYS_pwrite64, fd, data, cut ? length / 2 : length, offset);
    if (cut) die();
    say("write\t%s\n", path);
    end();
    return put;
}

ssize_t write(int fd, const void* data, size_t length) {
    char path[PATH_MAX];
    if (!watched_fd(fd, path)) return syscall(SYS_write, fd, data, length);
    const off_t at = lseek(fd, 0, SEEK_CUR);
    if (at < 0) return syscall(SYS_write, fd, data, length);
    const ssize_t put = pwrite64(fd, data, length, at);
    if (put > 0) lseek(fd, at + put, SEEK_SET);
    return put;
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
    char path[PATH_MAX];
    if (!watched_fd(fd, path)) return syscall(SYS_writev, fd, parts, count);
    ssize_t all = 0;
    for (int i = 0; i < count; ++i) {
        const ssize_t put = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (put < 0) return all > 0 ? all : -1;
        all += put;
        if ((size_t)put < parts[i].iov_len) break;
    }
    return all;
}

ssize_t preadv64(int fd, const struct iovec* into, int count, off_t offset) {
    char path[PATH_MAX];
    if (fail_call != NULL && watched_fd(fd, path) && fails("pread")) return -1;
    if (most < into->iov_len) return syscall(SYS_pread64, fd, into->iov_base, most, offset);
    return syscall(SYS_preadv, fd, into, count, (long)offset, 0L);
}

int ftruncate64(int fd, off_t size) {
    char path[PATH_MAX];
    struct stat facts;
    if (!watched_fd(fd, path) || fstat(fd, &facts) != 0) return (int)syscall(SYS_ftruncate, fd, size);
    if (fails("ftruncate") || (size > facts.st_size && is_full())) return -1;
    CUT_OR(0)
    if (size < facts.st_size)
        power_data(fd, size, (size_t)(facts.st_size - size));
    else
        power_data(fd, facts.st_size, 0);
    const int done = (int)syscall(SYS_ftruncate, fd, size);
    end();
    return done;
}

int futimens(int fd, const struct timespec times[2]) {
    char path[PATH_MAX];
    if (!watched_fd(fd, path)) return (int)syscall(SYS_utimensat, fd, NULL, times, 0);
    CUT_OR(0)
    power_touched(fd);
    const int done = (int)syscall(SYS_utimensat, fd, NULL, times, 0);
    end();
    return done;
}

int fstat64(int fd, struct stat64* facts) {
    const int done = (int)syscall(SYS_fstat, fd, facts);
    if (root != NULL) facts->st_ctim = facts->st_mtim;
    return done;
}
int fstatat64(int fd, const char* name, struct stat64* facts, int flags) {
    const int done = (int)syscall(SYS_newfstatat, fd, name, facts, flags);
    if (root != NULL) facts->st_ctim = facts->st_mtim;
    return done;
}
int stat64(const char* name, struct stat64* facts) { return fstatat64(AT_FDCWD, name, facts, 0); }

int fstatvfs64(int fd, struct statvfs64* facts) {
    const int done = REAL(fstatvfs64)(fd, facts), number = errno;
    if (done == 0 && is_full()) facts->f_bfree = facts->f_bavail = 0;
    return errno = number, done;
}

// --- what lasts --------------------------------------------------------------------------------------

static int sync_file(long number, int fd, const char* word) {
    char path[PATH_MAX];
    struct stat facts;
    if (!watched_fd(fd, path)) return (int)syscall(number, fd);
    if (fails("fsync")) return -1;
    CUT_OR(1)
    // The disk of a test need not do it: what a cut takes is decided here.
    if (number == SYS_syncfs)
        power_everything_synced();
    else if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode))
        power_names_synced();
    else
        power_synced(fd);
    say("%s\t%s\n", word, path);
    end();
    return 0;
}
int fsync(int fd) { return sync_file(SYS_fsync, fd, "sync"); }
int fdatasync(int fd) { return sync_file(SYS_fdatasync, fd, "sync"); }
int syncfs(int fd) { return sync_file(SYS_syncfs, fd, "syncfs"); }

// --- names -------------------------------------------------------------------------------------------

static int move(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
    char old[PATH_MAX], new[PATH_MAX];
    if (root == NULL || !is_watched(whole_path(from_folder, from, old)))
        return (int)raw(SYS_renameat2, from_folder, from, to_folder, to, flags);
    whole_path(to_folder, to, new);
    if (fails("rename")) return -1;
    if (access(old, F_OK) != 0) return errno = ENOENT, -1;
    if ((flags & RENAME_NOREPLACE) && access(new, F_OK) == 0) return errno = EEXIST, -1;
    CUT_OR(1)
    char* aside = power_put_aside(new);
    const int done = (int)raw(SYS_renameat2, from_folder, from, to_folder, to, flags), number = errno;
    if (done == 0)
        power_moved(old, new, aside), say("rename\t%s\t%s\n", old, new);
    else if (aside != NULL)
        raw(SYS_renameat2, AT_FDCWD, aside, AT_FDCWD, new, 0);
    free(aside);
    end();
    return errno = number, done;
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}
int rename(const char* from, const char* to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
    char new[PATH_MAX];
    if (root == NULL || !is_watched(whole_path(to_folder, to, new)))
        return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    CUT_OR(1)
    const int done = (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags), number = errno;
    if (done == 0) power_made(new, 0), say("link\t%s\n", new);
    end();
    return errno = number, done;
}
int link(const char* from, const char* to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int mkdirat(int folder, const char* name, mode_t mode) {
    char path[PATH_MAX];
    if (root == NULL || !is_watched(whole_path(folder, name, path)))
        return (int)syscall(SYS_mkdirat, folder, name, mode);
    if (fails("mkdir") || is_full()) return -1;
    CUT_OR(1)
    const int done = (int)syscall(SYS_mkdirat, folder, name, mode), number = errno;
    if (done == 0) power_made(path, 1), say("mkdir\t%s\n", path);
    end();
    return errno = number, done;
}
int mkdir(const char* name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int unlinkat(int folder, const char* name, int flags) {
    char path[PATH_MAX];
    struct stat facts;
    if (root == NULL || !is_watched(whole_path(folder, name, path)) ||
        syscall(SYS_newfstatat, AT_FDCWD, path, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return (int)syscall(SYS_unlinkat, folder, name, flags);
    if (fails("unlink")) return -1;
    CUT_OR(1)
    int done = 0, number = 0;
    if ((flags & AT_REMOVEDIR) != 0 || !S_ISREG(facts.st_mode)) {
        done = (int)syscall(SYS_unlinkat, folder, name, flags), number = errno;
        if (done == 0 && (flags & AT_REMOVEDIR) != 0) power_removed_folder(path);
    } else {
        char* aside = power_put_aside(path);
        power_removed(path, aside);
        free(aside);
    }
    if (done == 0) say("unlink\t%s\n", path);
    end();
    return errno = number, done;
}
int unlink(const char* name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char* name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char* name) { return unlink(name) == 0 ? 0 : errno == EISDIR ? rmdir(name) : -1; }

// --- sockets -----------------------------------------------------------------------------------------

int accept4(int fd, struct sockaddr* from, socklen_t* length, int flags) {
    return fails("accept") ? -1 : (int)syscall(SYS_accept4, fd, from, length, flags);
}
ssize_t sendmsg(int fd, const struct msghdr* what, int flags) {
    if (fails("sendmsg")) return -1;
    if (what->msg_iovlen > 0 && what->msg_iov->iov_len > most && what->msg_controllen == 0 &&
        what->msg_namelen == 0)
        return syscall(SYS_sendto, fd, what->msg_iov->iov_base, most, flags, NULL, 0);
    return syscall(SYS_sendmsg, fd, what, flags);
}
ssize_t recv(int fd, void* into, size_t length, int flags) {
    return fails("recv") ? -1
                         : syscall(SYS_recvfrom, fd, into, length < most ? length : most, flags, NULL, NULL);
}
int sendmmsg(int fd, struct mmsghdr* what, unsigned count, int flags) {
    return fails("sendmsg") ? -1 : (int)syscall(SYS_sendmmsg, fd, what, count, flags);
}
int recvmmsg(int fd, struct mmsghdr* into, unsigned count, int flags, struct timespec* time) {
    return fails("recvmsg") ? -1 : (int)syscall(SYS_recvmmsg, fd, into, count, flags, time);
}
ssize_t recvmsg(int fd, struct msghdr* into, int flags) {
    return fails("recvmsg") ? -1 : syscall(SYS_recvmsg, fd, into, flags);
}

// --- memory ------------------------------------------------------------------------------------------

extern void _ZSt17__throw_bad_allocv(void) __attribute__((weak, noreturn));  // std::__throw_bad_alloc
typedef void (*handler)(void);
extern handler _ZSt15get_new_handlerv(void) __attribute__((weak));  // std::get_new_handler

static void* allocate(size_t size, size_t align, int may_throw) {
    const handler tell = alloc_at != 0 ? _ZSt15get_new_handlerv() : NULL;
    // before main() has set it, a program can say nothing
    if (tell != NULL && __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED) == alloc_at) {
        say("no memory\n");
        tell();
        if (!may_throw) return NULL;
        _ZSt17__throw_bad_allocv();
    }
    void* got =
        align == 0 ? malloc(size ? size : 1) : aligned_alloc(align, (size + align - 1) / align * align);
    if (got == NULL && may_throw) _ZSt17__throw_bad_allocv();
    return got;
}
void* _Znwm(size_t size) { return allocate(size, 0, 1); }
void* _Znam(size_t size) { return allocate(size, 0, 1); }
void* _ZnwmRKSt9nothrow_t(size_t size, const void* tag) { return (void)tag, allocate(size, 0, 0); }
void* _ZnwmSt11align_val_t(size_t size, size_t align) { return allocate(size, align, 1); }

__attribute__((destructor)) static void count(void) {
    if (alloc_at != 0) say("allocations\t%ld\n", allocations);
}

// --- time --------------------------------------------------------------------------------------------

static long long ns_of(const struct timespec* time) { return time->tv_sec * 1000000000LL + time->tv_nsec; }
static struct timespec time_of(long long ns) { return (struct timespec){ns / 1000000000, ns % 1000000000}; }

int clock_gettime(clockid_t clock, struct timespec* now) {
    const int done = (int)(raw ? raw(SYS_clock_gettime, clock, now) : syscall(SYS_clock_gettime, clock, now));
    if (done == 0 && speed > 1 && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
        *now = time_of(ns_of(&began) + (ns_of(now) - ns_of(&began)) * speed);
    return done;
}

static int shorter(int timeout) { return timeout > 0 ? (int)((timeout + speed - 1) / speed) : timeout; }
int epoll_pwait(int fd, struct epoll_event* events, int most, int timeout, const sigset_t* mask) {
    return (int)syscall(SYS_epoll_pwait, fd, events, most, shorter(timeout), mask, sizeof(unsigned long) * 1);
}
int epoll_wait(int fd, struct epoll_event* events, int most, int timeout) {
    return epoll_pwait(fd, events, most, timeout, NULL);
}
int pthread_cond_clockwait(pthread_cond_t* what, pthread_mutex_t* with, clockid_t clock,
                           const struct timespec* until) {
    const struct timespec real = time_of(ns_of(&began) + (ns_of(until) - ns_of(&began)) / speed);
    return REAL(pthread_cond_clockwait)(what, with, clock, clock == CLOCK_MONOTONIC ? &real : until);
}

#include "power.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { sector = 512 };

struct write_record {
    off_t offset, size_before;
    size_t length, had;  // of what is written, and of what was there
    unsigned char* before;
};

struct file {
    dev_t device;
    ino_t inode;
    int fd;
    struct timespec durable;  // time of modification
    struct write_record* records;
    size_t count, room;
};

enum name_kind { made_file, made_folder, removed_folder, moved };
struct name {
    enum name_kind kind;
    char *from, *to, *replaced;
};

static struct file* files;
static size_t file_count;
static struct name* names;
static size_t name_count;
static char attic[4096];
static unsigned in_attic;
static uint64_t state;

static uint64_t random_bits(void) {  // splitmix64
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static int chance(unsigned percent) { return random_bits() % 100 < percent; }

static int raw_open(const char* path, int flags) {
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}
static void raw_rename(const char* from, const char* to) {
    syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

void power_setup(const char* folder, unsigned long seed) {
    snprintf(attic, sizeof attic, "%s", folder);
    state = seed;
}

static struct file* file_of(int fd) {
    struct stat facts;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) return NULL;
    for (size_t i = 0; i < file_count; ++i)
        if (files[i].device == facts.st_dev && files[i].inode == facts.st_ino) return &files[i];
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    files = realloc(files, (file_count + 1) * sizeof *files);
    files[file_count] =
        (struct file){.device = facts.st_dev, .inode = facts.st_ino, .durable = facts.st_mtim};
    files[file_count].fd = raw_open(path, O_RDWR | O_CLOEXEC);
    return &files[file_count++];
}

void power_data(int fd, off_t offset, size_t length) {
    struct file* to = file_of(fd);
    if (to == NULL) return;
    if (to->count == to->room) {
        to->room = to->room * 2 + 16;
        to->records = realloc(to->records, to->room * sizeof *to->records);
    }
    struct stat facts;
    fstat(fd, &facts);
    struct write_record* record = &to->records[to->count++];
    *record = (struct write_record){.offset = offset, .length = length, .size_before = facts.st_size};
    record->before = calloc(1, length + 1);  // beyond what there was: zeros
    syscall(SYS_pread64, to->fd, record->before, length, offset);
}

void power_touched(int fd) { file_of(fd); }

static void forget(struct file* of) {
    for (size_t i = 0; i < of->count; ++i) free(of->records[i].before);
    of->count = 0;
}

static void settle(struct file* of) {
    struct stat facts;
    forget(of);
    if (fstat(of->fd, &facts) == 0) of->durable = facts.st_mtim;
}

void power_synced(int fd) {
    struct file* of = file_of(fd);
    if (of != NULL) settle(of);
}

void power_names_synced(void) { name_count = 0; }

void power_everything_synced(void) {
    for (size_t i = 0; i < file_count; ++i) settle(&files[i]);
    name_count = 0;
}

static void note(enum name_kind kind, const char* from, const char* to, const char* replaced) {
    names = realloc(names, (name_count + 1) * sizeof *names);
    names[name_count++] =
        (struct name){kind, strdup(from), to ? strdup(to) : NULL, replaced ? strdup(replaced) : NULL};
}

void power_made(const char* path, int is_folder) {
    note(is_folder ? made_folder : made_file, path, NULL, NULL);
}
void power_removed_folder(const char* path) { note(removed_folder, path, NULL, NULL); }
void power_moved(const char* from, const char* to, const char* replaced) { note(moved, from, to, replaced); }
void power_removed(const char* path, const char* aside) { note(moved, path, aside, NULL); }

char* power_put_aside(const char* path) {
    char* place = NULL;
    if (access(path, F_OK) != 0) return NULL;
    if (asprintf(&place, "%s/%u-%d", attic, ++in_attic, (int)getpid()) < 0) abort();
    raw_rename(path, place);
    return place;
}

// --- the cut ---------------------------------------------------------------------------------------

/// Of its sectors some are as they were and some are anything.
static void garble(struct write_record* record) {
    for (size_t at = 0; at < record->length; at += sector) {
        if (chance(50)) continue;
        const size_t end = at + sector < record->length ? at + sector : record->length;
        for (size_t i = at; i < end; ++i) record->before[i] = (unsigned char)random_bits();
    }
}

static void take_back(struct file* of) {
    const int all = chance(40);
    struct stat now;
    fstat(of->fd, &now);
    for (size_t i = of->count; i-- > 0;) {
        struct write_record* record = &of->records[i];
        if (!all && chance(50)) continue;  // this one reached the disk
        if (!all && chance(40)) garble(record);
        syscall(SYS_pwrite64, of->fd, record->before, record->length, record->offset);
        if (all) syscall(SYS_ftruncate, of->fd, record->size_before);
    }
    const struct timespec times[2] = {{0, UTIME_OMIT}, chance(50) ? of->durable : now.st_mtim};
    syscall(SYS_utimensat, of->fd, NULL, times, 0);
}

static void take_back_name(const struct name* which) {
    switch (which->kind) {
        case made_file:
            syscall(SYS_unlinkat, AT_FDCWD, which->from, 0);
            break;
        case made_folder:
            syscall(SYS_unlinkat, AT_FDCWD, which->from, AT_REMOVEDIR);
            break;
        case removed_folder:
            syscall(SYS_mkdirat, AT_FDCWD, which->from, 0777);
            break;
        case moved:
            raw_rename(which->to, which->from);
            if (which->replaced != NULL) raw_rename(which->replaced, which->to);
            break;
    }
}

void power_cut(void) {
    for (size_t i = 0; i < file_count; ++i)
        if (files[i].fd >= 0) take_back(&files[i]);
    for (size_t left = random_bits() % (name_count + 1); left < name_count;)
        take_back_name(&names[--name_count]);
}

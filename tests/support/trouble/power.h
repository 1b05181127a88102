// What a power cut takes back of what a process did to the files below one folder. The model is that of
// tests/sim/lives/power_files.hpp: names go in the order they were made, as on a file system with a journal;
// of bytes that were not made durable each write is kept, dropped or garbled.
#pragma once

#include <stddef.h>
#include <sys/types.h>

// All calls: with the lock of calls.c held. Raw system calls only: what is called here is not watched.
void power_setup(const char* attic, unsigned long seed);
// Before the bytes change: writes, and bytes that are cut off.
void power_data(int fd, off_t offset, size_t length);
void power_synced(int fd);      // fdatasync, fsync of a file
void power_names_synced(void);  // fsync of a folder: the journal goes as a whole
void power_everything_synced(void);
void power_touched(int fd);  // before its time changes

// After the change.
void power_made(const char* path, int is_folder);
void power_removed_folder(const char* path);
void power_moved(const char* from, const char* to, const char* replaced);
// Puts a file aside that is about to go; where it lies now, or NULL if there is none. To be freed.
char* power_put_aside(const char* path);
void power_removed(const char* path, const char* aside);

void power_cut(void);  // the process has to end with it

#define _GNU_SOURCE
#include "include/files.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int clinux_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno; }

int clinux_allocate(int fd, off_t size) { return fallocate(fd, 0, 0, size) == 0 ? 0 : errno; }

long clinux_written_end(int fd, long size) {
    off_t end = 0;
    while (end < size) {
        off_t data = lseek(fd, end, SEEK_DATA);
        // Behind the last stretch there is none; a file system that knows of no holes says something else.
        if (data < 0) return errno == ENXIO ? end : size;
        end = lseek(fd, data, SEEK_HOLE);
        if (end <= data) return size;
    }
    return end;
}

int clinux_bypass_cache(int fd) { return fcntl(fd, F_SETFL, O_DIRECT) == 0 ? 0 : errno; }

int clinux_use_cache(int fd) { return fcntl(fd, F_SETFL, 0) == 0 ? 0 : errno; }

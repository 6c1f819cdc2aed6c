#define _GNU_SOURCE
#include "include/files.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

int clinux_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno; }

int clinux_allocate(int fd, off_t size) { return fallocate(fd, 0, 0, size) == 0 ? 0 : errno; }

int clinux_bypass_cache(int fd) { return fcntl(fd, F_SETFL, O_DIRECT) == 0 ? 0 : errno; }

int clinux_use_cache(int fd) { return fcntl(fd, F_SETFL, 0) == 0 ? 0 : errno; }

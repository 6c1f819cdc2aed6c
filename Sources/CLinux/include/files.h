// File calls whose flags or declarations Swift cannot see. Each returns 0 or an errno value.
#pragma once
#include <sys/types.h>

// Takes the whole-file lock, or says EWOULDBLOCK when another process has it.
int clinux_lock(int fd);

// Reserves blocks and sets the size, so that later writes inside it need no new space.
int clinux_allocate(int fd, off_t size);

// Reads and writes of the descriptor go past the page cache from here on: memory, offset and size of each
// must be multiples of a block. Returns 0, or an errno value where the file system cannot do that.
int clinux_bypass_cache(int fd);

// Takes that back.
int clinux_use_cache(int fd);

// The place behind the last byte of a file of `size` bytes that was ever written; `size` where the file
// system cannot tell. What lies behind it reads as zeros.
long clinux_written_end(int fd, long size);

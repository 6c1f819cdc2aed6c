// Searches in bytes, many at a time with the instructions that every processor of the kind has. In C because
// Swift has no way to say "one bit per byte of this comparison".
#ifndef CBYTES_H
#define CBYTES_H

#include <stddef.h>
#include <stdint.h>

// The number of bytes before the first quote, backslash or control character (below 0x20), or `count`.
size_t cbytes_plain(const uint8_t *bytes, size_t count);

// The same, one byte at a time: for other processors, and for the tests to compare with.
size_t cbytes_plain_portable(const uint8_t *bytes, size_t count);

#endif

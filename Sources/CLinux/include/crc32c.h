// CRC-32C (Castagnoli), by the processor's own instruction where there is one.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Continues `crc` (0, or a secret start value) over `count` bytes.
uint32_t clinux_crc32c(uint32_t crc, const void *bytes, size_t count);

// The same by table: what runs on other processors, and what the tests compare with.
uint32_t clinux_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

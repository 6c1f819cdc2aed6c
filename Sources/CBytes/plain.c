#include "include/cbytes.h"

size_t cbytes_plain_portable(const uint8_t *bytes, size_t count) {
    for (size_t at = 0; at < count; at++)
        if (bytes[at] == '"' || bytes[at] == '\\' || bytes[at] < 0x20) return at;
    return count;
}

#if defined(__SSE2__)
#include <emmintrin.h>

// 0xff for each byte that ends the plain part.
static inline __m128i stops(const uint8_t *bytes) {
    __m128i block = _mm_loadu_si128((const __m128i *)bytes);
    __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    // The larger of byte and 0x1f is 0x1f: the byte is a control character.
    __m128i limit = _mm_set1_epi8(0x1f);
    __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(block, limit), limit);
    return _mm_or_si128(_mm_or_si128(quote, backslash), control);
}

size_t cbytes_plain(const uint8_t *bytes, size_t count) {
    size_t at = 0;
    for (; at + 64 <= count; at += 64) {
        __m128i first = _mm_or_si128(stops(bytes + at), stops(bytes + at + 16));
        __m128i last = _mm_or_si128(stops(bytes + at + 32), stops(bytes + at + 48));
        if (_mm_movemask_epi8(_mm_or_si128(first, last))) break;
    }
    for (; at + 16 <= count; at += 16) {
        unsigned hits = (unsigned)_mm_movemask_epi8(stops(bytes + at));
        if (hits) return at + (size_t)__builtin_ctz(hits);
    }
    return at + cbytes_plain_portable(bytes + at, count - at);
}
#else
size_t cbytes_plain(const uint8_t *bytes, size_t count) { return cbytes_plain_portable(bytes, count); }
#endif

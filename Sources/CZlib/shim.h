#pragma once
#include <zlib.h>
// inflateInit2 is a macro. 15 window bits + 32: gzip and zlib headers are told apart by zlib.
static inline int tollbook_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 32); }

// Files of the repository that travel inside the binary.
#pragma once
#include <stddef.h>
struct tollbook_embedded_file {
    const char *name; // path in the repository, such as "migrations/0001_ledger.sql"
    const unsigned char *bytes;
    size_t size;
};
/// All packed files, ordered by name; `*count` receives how many.
const struct tollbook_embedded_file *tollbook_embedded_files(size_t *count);
/// The commit that was built, and the compiler's version; empty where the build was not told.
const char *tollbook_build_commit(void);
const char *tollbook_build_swift(void);

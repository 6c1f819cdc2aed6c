// One line per packed file. TidyTests compares this list with `migrations/` and `pricing/`.
#include "cembedded.h"

static const unsigned char migration_0001[] = {
#embed "../../migrations/0001_ledger.sql"
};

static const struct tollbook_embedded_file files[] = {
    {"migrations/0001_ledger.sql", migration_0001, sizeof migration_0001},
};

const struct tollbook_embedded_file *tollbook_embedded_files(size_t *count) {
    *count = sizeof files / sizeof files[0];
    return files;
}

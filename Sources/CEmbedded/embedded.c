// One line per packed file. TidyTests compares this list with `migrations/` and `pricing/`.
#include "cembedded.h"

#pragma clang diagnostic ignored "-Wc23-extensions" // #embed

static const unsigned char migration_0001[] = {
#embed "../../migrations/0001_ledger.sql"
};

// Price files.
static const unsigned char pricing_anthropic[] = {
#embed "../../pricing/anthropic.yaml"
};
static const unsigned char pricing_deepseek[] = {
#embed "../../pricing/deepseek.yaml"
};
static const unsigned char pricing_google[] = {
#embed "../../pricing/google.yaml"
};
static const unsigned char pricing_local[] = {
#embed "../../pricing/local.yaml"
};
static const unsigned char pricing_mistral[] = {
#embed "../../pricing/mistral.yaml"
};
static const unsigned char pricing_openai[] = {
#embed "../../pricing/openai.yaml"
};

static const struct tollbook_embedded_file files[] = {
    {"migrations/0001_ledger.sql", migration_0001, sizeof migration_0001},
    {"pricing/anthropic.yaml", pricing_anthropic, sizeof pricing_anthropic},
    {"pricing/deepseek.yaml", pricing_deepseek, sizeof pricing_deepseek},
    {"pricing/google.yaml", pricing_google, sizeof pricing_google},
    {"pricing/local.yaml", pricing_local, sizeof pricing_local},
    {"pricing/mistral.yaml", pricing_mistral, sizeof pricing_mistral},
    {"pricing/openai.yaml", pricing_openai, sizeof pricing_openai},
};

const struct tollbook_embedded_file *tollbook_embedded_files(size_t *count) {
    *count = sizeof files / sizeof files[0];
    return files;
}

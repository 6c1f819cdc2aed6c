// One line per packed file. TidyTests compares this list with `migrations/` and `pricing/`.
#include "cembedded.h"

#pragma clang diagnostic ignored "-Wc23-extensions" // #embed

static const unsigned char migration_0001[] = {
#embed "../../migrations/0001_ledger.sql"
};
static const unsigned char migration_0002[] = {
#embed "../../migrations/0002_corrections.sql"
};
static const unsigned char migration_0003[] = {
#embed "../../migrations/0003_settlements.sql"
};
static const unsigned char migration_0004[] = {
#embed "../../migrations/0004_keys.sql"
};
static const unsigned char migration_0005[] = {
#embed "../../migrations/0005_budgets.sql"
};
static const unsigned char migration_0007[] = {
#embed "../../migrations/0007_years.sql"
};
static const unsigned char migration_0008[] = {
#embed "../../migrations/0008_closing.sql"
};
static const unsigned char migration_0009[] = {
#embed "../../migrations/0009_provider_lines.sql"
};
static const unsigned char migration_0010[] = {
#embed "../../migrations/0010_pending.sql"
};
static const unsigned char migration_0013[] = {
#embed "../../migrations/0013_archived.sql"
};
static const unsigned char migration_0014[] = {
#embed "../../migrations/0014_by_hand.sql"
};
static const unsigned char migration_0015[] = {
#embed "../../migrations/0015_alerts.sql"
};
static const unsigned char migration_0016[] = {
#embed "../../migrations/0016_assignments.sql"
};
static const unsigned char migration_0017[] = {
#embed "../../migrations/0017_incidents.sql"
};
static const unsigned char migration_0020[] = {
#embed "../../migrations/0020_policies.sql"
};
static const unsigned char migration_0021[] = {
#embed "../../migrations/0021_lease_words.sql"
};
static const unsigned char migration_0022[] = {
#embed "../../migrations/0022_price_providers.sql"
};

// Price files.
static const unsigned char pricing_alibaba[] = {
#embed "../../pricing/alibaba.yaml"
};
static const unsigned char pricing_anthropic[] = {
#embed "../../pricing/anthropic.yaml"
};
static const unsigned char pricing_azure[] = {
#embed "../../pricing/azure.yaml"
};
static const unsigned char pricing_bedrock[] = {
#embed "../../pricing/bedrock.yaml"
};
static const unsigned char pricing_cerebras[] = {
#embed "../../pricing/cerebras.yaml"
};
static const unsigned char pricing_cohere[] = {
#embed "../../pricing/cohere.yaml"
};
static const unsigned char pricing_deepseek[] = {
#embed "../../pricing/deepseek.yaml"
};
static const unsigned char pricing_fireworks[] = {
#embed "../../pricing/fireworks.yaml"
};
static const unsigned char pricing_google[] = {
#embed "../../pricing/google.yaml"
};
static const unsigned char pricing_groq[] = {
#embed "../../pricing/groq.yaml"
};
static const unsigned char pricing_local[] = {
#embed "../../pricing/local.yaml"
};
static const unsigned char pricing_mistral[] = {
#embed "../../pricing/mistral.yaml"
};
static const unsigned char pricing_moonshot[] = {
#embed "../../pricing/moonshot.yaml"
};
static const unsigned char pricing_openai[] = {
#embed "../../pricing/openai.yaml"
};
static const unsigned char pricing_openrouter[] = {
#embed "../../pricing/openrouter.yaml"
};
static const unsigned char pricing_perplexity[] = {
#embed "../../pricing/perplexity.yaml"
};
static const unsigned char pricing_together[] = {
#embed "../../pricing/together.yaml"
};
static const unsigned char pricing_vertex[] = {
#embed "../../pricing/vertex.yaml"
};
static const unsigned char pricing_xai[] = {
#embed "../../pricing/xai.yaml"
};
static const unsigned char pricing_zai[] = {
#embed "../../pricing/zai.yaml"
};

static const struct tollbook_embedded_file files[] = {
    {"migrations/0001_ledger.sql", migration_0001, sizeof migration_0001},
    {"migrations/0002_corrections.sql", migration_0002, sizeof migration_0002},
    {"migrations/0003_settlements.sql", migration_0003, sizeof migration_0003},
    {"migrations/0004_keys.sql", migration_0004, sizeof migration_0004},
    {"migrations/0005_budgets.sql", migration_0005, sizeof migration_0005},
    {"migrations/0007_years.sql", migration_0007, sizeof migration_0007},
    {"migrations/0008_closing.sql", migration_0008, sizeof migration_0008},
    {"migrations/0009_provider_lines.sql", migration_0009, sizeof migration_0009},
    {"migrations/0010_pending.sql", migration_0010, sizeof migration_0010},
    {"migrations/0013_archived.sql", migration_0013, sizeof migration_0013},
    {"migrations/0014_by_hand.sql", migration_0014, sizeof migration_0014},
    {"migrations/0015_alerts.sql", migration_0015, sizeof migration_0015},
    {"migrations/0016_assignments.sql", migration_0016, sizeof migration_0016},
    {"migrations/0017_incidents.sql", migration_0017, sizeof migration_0017},
    {"migrations/0020_policies.sql", migration_0020, sizeof migration_0020},
    {"migrations/0021_lease_words.sql", migration_0021, sizeof migration_0021},
    {"migrations/0022_price_providers.sql", migration_0022, sizeof migration_0022},
    {"pricing/alibaba.yaml", pricing_alibaba, sizeof pricing_alibaba},
    {"pricing/anthropic.yaml", pricing_anthropic, sizeof pricing_anthropic},
    {"pricing/azure.yaml", pricing_azure, sizeof pricing_azure},
    {"pricing/bedrock.yaml", pricing_bedrock, sizeof pricing_bedrock},
    {"pricing/cerebras.yaml", pricing_cerebras, sizeof pricing_cerebras},
    {"pricing/cohere.yaml", pricing_cohere, sizeof pricing_cohere},
    {"pricing/deepseek.yaml", pricing_deepseek, sizeof pricing_deepseek},
    {"pricing/fireworks.yaml", pricing_fireworks, sizeof pricing_fireworks},
    {"pricing/google.yaml", pricing_google, sizeof pricing_google},
    {"pricing/groq.yaml", pricing_groq, sizeof pricing_groq},
    {"pricing/local.yaml", pricing_local, sizeof pricing_local},
    {"pricing/mistral.yaml", pricing_mistral, sizeof pricing_mistral},
    {"pricing/moonshot.yaml", pricing_moonshot, sizeof pricing_moonshot},
    {"pricing/openai.yaml", pricing_openai, sizeof pricing_openai},
    {"pricing/openrouter.yaml", pricing_openrouter, sizeof pricing_openrouter},
    {"pricing/perplexity.yaml", pricing_perplexity, sizeof pricing_perplexity},
    {"pricing/together.yaml", pricing_together, sizeof pricing_together},
    {"pricing/vertex.yaml", pricing_vertex, sizeof pricing_vertex},
    {"pricing/xai.yaml", pricing_xai, sizeof pricing_xai},
    {"pricing/zai.yaml", pricing_zai, sizeof pricing_zai},
};

const struct tollbook_embedded_file *tollbook_embedded_files(size_t *count) {
    *count = sizeof files / sizeof files[0];
    return files;
}

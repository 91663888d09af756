"""The kinds of model names that lead to packages beyond this project."""

IMPORT, COMMUNITY = "import", "community"
# What init_chat_model knows; its "openai" has an interface of its own here.
PROVIDERS = (
    "anthropic", "anthropic_bedrock", "azure_ai", "azure_openai", "baseten", "bedrock",
    "bedrock_converse", "bedrock_mantle_anthropic", "bedrock_mantle_openai", "cohere", "deepseek",
    "fireworks", "google_anthropic_vertex", "google_genai", "google_vertexai", "groq",
    "huggingface", "ibm", "langsmith", "litellm", "meta", "mistralai", "nvidia", "ollama",
    "openrouter", "perplexity", "together", "upstage", "xai",
)  # fmt: skip
FOREIGN = (*PROVIDERS, COMMUNITY, IMPORT)

"""Chat models that need no network: rules that read prompts, and scripts."""

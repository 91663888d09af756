"""Chat completions over HTTP: OpenAI's interface, spoken directly or by langchain-openai."""

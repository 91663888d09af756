"""The catalogue as an agent sees it: search, and grounding of what it names."""

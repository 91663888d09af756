"""Runs as the page at /app shows them: how far they came, their figures, and how two differ."""

"""Macro learning: what can be counted in a session, and which reflections the Planner is given."""

"""Experience as evidence: how often users stayed in rounds like the one that an item would make."""

"""What several processes bring to a run."""

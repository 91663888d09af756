"""The experiments: commands, metrics and tables on top of the graphs."""

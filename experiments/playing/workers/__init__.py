"""Episodes in other processes: the parent keeps chat calls, limits, records and memories."""

"""What a run is: its settings, its records, its folder."""

"""What memories foretell."""

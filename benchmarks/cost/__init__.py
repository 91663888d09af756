"""What a step, a start and a session take."""

"""Reading what chat models answer."""

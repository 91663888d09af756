"""People as users: the terminal that they see, and the thread that their session is on."""

"""How a world is shown: a table on the terminal, and a picture."""

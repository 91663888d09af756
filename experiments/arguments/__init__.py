"""Arguments of commands: their parser, the names that they may hold, and files of them."""

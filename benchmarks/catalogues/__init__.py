"""Worlds and catalogues of real and of large sizes."""

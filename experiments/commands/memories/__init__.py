"""Folders of memories: what `billp memory` does with them, and how it shows them."""

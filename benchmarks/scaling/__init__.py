"""What lies outside one process: a database of threads, a Chroma server."""

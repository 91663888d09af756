"""The page at /app: sessions watched and played in a browser, through the server's own API."""

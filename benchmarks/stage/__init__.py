"""What benchmarks play on: a world whose users stay, and a chat server of fixed latency."""

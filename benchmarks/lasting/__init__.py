"""What holds over long times, loads and kills."""

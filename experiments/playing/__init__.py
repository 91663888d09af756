"""Playing a run: episodes side by side, recorded, resumed, within limits."""

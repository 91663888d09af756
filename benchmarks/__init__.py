"""Programs that print figures of speed, memory and cost; `make bench` runs them."""

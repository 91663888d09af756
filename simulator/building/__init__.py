"""From a log to a world: split, fit, calibrate."""

"""Reward models: DeepFM, its factors, biases, and how they are fitted."""

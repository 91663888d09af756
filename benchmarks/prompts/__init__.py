"""`python -m benchmarks prompts`: how well chat models do what the prompts ask of them."""

"""The RL methods: what they take, and that they are right."""

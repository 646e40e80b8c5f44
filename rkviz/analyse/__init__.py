"""ANALYSE: float and integer network side by side become errors per layer."""

"""QUANTIZE: statistics and the user's choices become a plan in which everything is decided."""

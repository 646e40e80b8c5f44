"""The graph on the screen: tiles, overlay, mini-map and legend. Knows nothing of quantization."""

"""REPAIR: other weights and biases that lose less when quantized, per tensor and in float alike."""

"""OPEN: a model file becomes a Graph."""

"""EMULATE: the plan run integer for integer, and the float network beside it."""

"""Files exchanged with other tools: one module a format, reading and writing side by side."""

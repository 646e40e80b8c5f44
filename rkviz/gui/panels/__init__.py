"""The panels around the graph; each shows the session's values and knows no other panel."""

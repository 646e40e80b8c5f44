"""SEARCH: the effect of every layer on the outputs, the best hybrid plan, and what it costs."""

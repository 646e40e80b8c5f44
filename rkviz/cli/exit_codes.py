"""What the command line says to whoever called it."""

OK, ERROR, USAGE, BELOW_LIMIT, CANCELLED = 0, 1, 2, 3, 130

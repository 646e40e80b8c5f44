"""The window: the only place of Qt. It shows values of the core and asks the session for edits."""

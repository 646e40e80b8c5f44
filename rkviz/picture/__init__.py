"""The picture of a graph: where boxes stand, what they say and how they are coloured. No Qt."""

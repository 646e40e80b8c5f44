"""CALIBRATE: pictures become statistics of every tensor."""

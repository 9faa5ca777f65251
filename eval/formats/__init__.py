"""Readers of public releases: what is broken in a file fails alone, the rest is read."""

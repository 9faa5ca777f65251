"""Searches from the command line: stores, live services, many at once, and their report."""

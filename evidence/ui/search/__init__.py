"""Searches of a review, and the duplicates they bring."""

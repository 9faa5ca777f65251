"""Pooled results, their certainty, and what would change them."""

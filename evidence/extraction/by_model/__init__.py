"""Extraction by a language model: what it is shown, what it answers, and what of that stands."""

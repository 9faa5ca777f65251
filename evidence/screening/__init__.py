"""Screening by people: what to read next, when to stop, and how far two reviewers agree."""

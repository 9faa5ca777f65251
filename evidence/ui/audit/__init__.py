"""The log of a review, and what is reported from it."""

"""People of a review: who may sign in, and what for."""

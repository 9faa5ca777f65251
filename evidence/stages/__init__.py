"""The stages of a review; each is a function, none calls another."""

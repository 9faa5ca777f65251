"""Sources in, stores out."""

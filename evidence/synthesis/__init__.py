"""Numbers, always computed by code."""

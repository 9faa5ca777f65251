"""Screening of records, their conflicts, and how far it has come."""

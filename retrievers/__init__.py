"""Stores in, ranked records and passages out."""

"""Duplicates in a project: whose word counts, what a person may answer, what waits for one."""

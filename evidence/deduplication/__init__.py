"""Record linkage: which records tell of the same report, and why.

A merge needs positive evidence and no contradiction; what falls between is listed for a person. A
missed duplicate costs a second look, a wrong merge loses a study.
"""

"""Risk of bias: signalling questions, the algorithms that map answers to judgements, proposals."""

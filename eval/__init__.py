"""The benchmark harness: `python -m eval.trialreview`."""

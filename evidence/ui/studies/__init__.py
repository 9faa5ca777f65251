"""What was read in the studies, and their risk of bias."""

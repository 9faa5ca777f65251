"""Full texts of a review: which are still to be had, and how a file becomes a record's report."""

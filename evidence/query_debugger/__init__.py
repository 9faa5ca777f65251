"""Looking into a search: what its parts find and lose, what to add, what a peer would object to."""

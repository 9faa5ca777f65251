"""Opening and making a project, and its overview."""

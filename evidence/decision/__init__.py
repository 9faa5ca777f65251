"""From evidence to decision: GRADE's criteria, judged by rules or left to people."""

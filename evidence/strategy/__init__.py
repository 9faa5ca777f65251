"""Search strategies: drafted from a question, edited by people, printed, translated and run."""

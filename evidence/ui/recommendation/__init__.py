"""The recommendation: its support, versions and signatures."""

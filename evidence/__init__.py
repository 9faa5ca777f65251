"""From a clinical question to a recommendation that can be checked line by line."""

"""Does a sentence say what its quotes say? Element by element, by rules, without a reference."""

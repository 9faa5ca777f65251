"""The commands of `evidence`, a module each; `evidence.cli` puts them together."""

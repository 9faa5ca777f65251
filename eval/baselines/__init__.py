"""Simple rules that stand beside the program in a task: what it must beat to be worth having."""

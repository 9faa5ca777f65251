"""Other programs that do the same task, run beside ours in the same benchmark."""

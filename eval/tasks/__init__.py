"""One module a task; each turns a dataset into a `eval.results.TaskResult`."""

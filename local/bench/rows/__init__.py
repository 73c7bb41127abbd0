"""One row a file; a new file with a ``Row`` in it is all it takes to add one."""

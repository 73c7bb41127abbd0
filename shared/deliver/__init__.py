"""Reports to destinations: one ticket a case, made once and updated in place."""

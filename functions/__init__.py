"""When things run: one thin blueprint per trigger."""

"""The catalogue: a function under ``@action`` in any of these files is an action, found without a list."""

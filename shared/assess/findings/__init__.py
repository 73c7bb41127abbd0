"""One file a family; a function under ``@finding`` in any of them is a rule, found without a list."""

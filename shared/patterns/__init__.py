"""What several sign-ins show together, one file a family: the same rules open cases and state facts."""

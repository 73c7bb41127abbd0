"""What goes wrong around the app, and what must come of it."""

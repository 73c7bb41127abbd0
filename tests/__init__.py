"""The tests: through the public door, with real parts."""

"""The mutation run: change one thing that decides, and see whether a test notices. ``python -m tests.mutation``."""

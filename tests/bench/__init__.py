"""The numbers: each row works at a small size, and counts what it says."""

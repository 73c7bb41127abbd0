"""Tests of what the app remembers: one contract for every backend, then what is special to each."""

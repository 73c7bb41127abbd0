"""Storms in simulated time, small ones."""

"""Storms: thousands of identities at risk within minutes, run through the real pipeline in simulated time."""

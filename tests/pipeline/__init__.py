"""Tests of the flow as a whole."""

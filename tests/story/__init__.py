"""Tests of the demo's story."""

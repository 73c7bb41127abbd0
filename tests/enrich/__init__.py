"""Tests of shared/enrich."""

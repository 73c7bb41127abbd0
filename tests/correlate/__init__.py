"""Tests of correlate: records to signals to cases."""

"""Tests of deliver: reports to tickets."""

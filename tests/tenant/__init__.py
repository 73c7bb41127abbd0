"""Tests of the stand-in tenant."""

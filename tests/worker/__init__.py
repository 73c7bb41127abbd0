"""Tests of the embedded host, with the real worker library; each scenario has a process of its own."""

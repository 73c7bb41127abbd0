"""Scenarios: a tenant, the events, and what must come out."""

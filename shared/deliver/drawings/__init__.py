"""Drawings of a report: each from the report's facts to numbers and words, which a template draws as they are."""

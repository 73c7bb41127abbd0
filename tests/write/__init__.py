"""Tests of the words: template, check, pseudonyms, prompt and model."""

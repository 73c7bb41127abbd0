"""Understand a prompt without a language model: words, mentions, times, and which skill they mean."""

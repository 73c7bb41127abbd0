"""Telemetry: spans, metrics, where they go, and what they never hold."""

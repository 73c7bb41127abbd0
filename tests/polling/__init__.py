"""Changes of risk polled from Graph."""

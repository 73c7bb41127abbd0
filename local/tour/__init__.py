"""One incident from event to closed ticket, walked through the running system: for docs/tour.md and its pictures."""

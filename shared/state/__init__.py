"""Where cases, evidence, reports, deliveries and queues live: one interface, one backend a file."""

"""The whole system on your own machine: embedded Functions host, stand-in tenant, demo, serve, replay."""

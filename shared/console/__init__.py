"""The console: pages for analysts, made on the server from what the app keeps. Only forms change anything."""

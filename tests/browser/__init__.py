"""Pages as people see them, in headless Chromium."""

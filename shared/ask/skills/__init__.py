"""The skills, one file an area. Each is found by ``shared.ask.catalogue``; nothing has to be registered elsewhere."""

"""The embedded Functions host: triggers in, invocations of the app through Azure's own worker library out."""

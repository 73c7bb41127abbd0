"""An Event Hubs namespace on loopback, and what must work against one."""

"""Several tenants in one app: which there are, who may see which, and whose an event or a message is."""

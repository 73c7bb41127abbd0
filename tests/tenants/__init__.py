"""Several tenants in one app."""

"""A tenant file served as Microsoft Graph v1.0, for demos, tests and benchmarks without a tenant."""

from local.tenant.credential import StandInCredential
from local.tenant.rules import Rules, rules_from
from local.tenant.server import TenantServer
from local.tenant.stand_in import Served, StandIn
from local.tenant.tenant import Tenant

__all__ = ["Rules", "Served", "StandIn", "StandInCredential", "Tenant", "TenantServer", "rules_from"]

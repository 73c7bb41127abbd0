"""Several tenants on your own machine: the file of tenants, with nothing in it that would leave the machine."""

from collections import defaultdict
from typing import Any

import msgspec

from shared.settings import Settings
from shared.tenants.file import Tenants, read_tenants


def tenants_here(settings: Settings, **instead: Any) -> Tenants | None:
    """Return the tenants of the file that the settings name, or None; each with settings in place of its own.

    ``instead`` says at least where tickets go: a customer's destination must not hear of a rehearsal. So no secret that
    the file names is needed. Raises ConfigurationError.
    """
    if not settings.tenants_path:
        return None
    file = read_tenants(settings, defaultdict(lambda: "not used here"))
    return msgspec.structs.replace(
        file,
        tenants=tuple(
            msgspec.structs.replace(tenant, settings=msgspec.structs.replace(tenant.settings, **instead))
            for tenant in file.tenants
        ),
    )

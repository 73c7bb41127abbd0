"""What the sign-ins of a service principal show by themselves: somebody tries secrets from an address of their own."""

from collections.abc import Iterable
from datetime import timedelta

from shared.models.records import INVALID_SECRET, AnyRecord, WorkloadSignIn
from shared.patterns.bursts import completes_burst
from shared.policy import Policy

TRIES = 5
"""Wrong secrets from one address inside WINDOW that are no slip of a deployment."""
WINDOW = timedelta(hours=1)


def wrong_secrets(records: Iterable[AnyRecord], policy: Policy) -> list[WorkloadSignIn]:
    """Return, for each address that tries wrong secrets, the try that completes the burst; oldest first.

    From an address that the service principal was let in from before, a wrong secret is a pipeline after a rotation,
    and so it is from a network that the policy trusts. Being let in after a wrong secret makes no address usual: that
    is how it looks when somebody tries until one works.
    """
    sign_ins = sorted(
        {r.record_id: r for r in records if isinstance(r, WorkloadSignIn)}.values(), key=lambda r: (r.at, r.record_id)
    )
    own = {record.ip_address for record in sign_ins if record.trusted_network or policy.is_trusted(record.ip_address)}
    tries: dict[str, list[WorkloadSignIn]] = {}
    for record in sign_ins:
        if not record.ip_address or record.ip_address in own:
            continue
        if record.error_code == INVALID_SECRET:
            tries.setdefault(record.ip_address, []).append(record)
        elif record.succeeded and record.ip_address not in tries:
            own.add(record.ip_address)
    found = (completes_burst(run, TRIES, WINDOW) for run in tries.values())
    return sorted((record for record in found if record), key=lambda r: (r.at, r.record_id))

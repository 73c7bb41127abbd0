"""What in events and tenants is about people: what logs and telemetry must not hold."""

PERSONAL = frozenset({
    "userPrincipalName", "userDisplayName", "displayName", "ipAddress", "callerIpAddress", "userAgent", "city", "mail",
    "additionalInfo", "jobTitle", "department",
})  # fmt: skip


def personal_values(node: object, keys: frozenset[str] = PERSONAL) -> set[str]:
    """Return every text under a personal key, however deep, that is long enough to be told from an ordinary word."""
    if isinstance(node, dict):
        own = {v for k, v in node.items() if k in keys and isinstance(v, str) and len(v) > 5}
        return own.union(*(personal_values(value, keys) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(personal_values(value, keys) for value in node))
    return set()

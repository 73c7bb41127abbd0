"""Which gaps hide evidence, and which only the remedy that fits."""

from shared.models.dossier import Gap


def is_about_remedies(gap: Gap) -> bool:
    """Say whether a gap hides only facts about the tenant, which decide what can be done, never how risky it is."""
    return all(kind.startswith("tenant.") for kind in gap.kinds)

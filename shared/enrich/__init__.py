"""From a case to its dossier: facts that can be cited and gaps that must be admitted."""

from shared.enrich.enrich import enrich
from shared.enrich.view import Memories

__all__ = ["Memories", "enrich"]

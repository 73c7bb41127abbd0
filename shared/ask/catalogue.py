"""All skills, found in ``shared/ask/skills``."""

from functools import cache

from shared.ask import skills as package
from shared.ask.skill import Skill
from shared.discovery import discover


@cache
def skills() -> dict[str, Skill]:
    """Return every skill by id, by file and then as written."""
    return {skill.id: skill for skill in discover(package, Skill)}

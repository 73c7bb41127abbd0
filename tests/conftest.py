"""What holds for every test."""

import os

from hypothesis import settings

# Speed is not what property tests judge, and CI must judge the same examples every time.
settings.register_profile("everywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")

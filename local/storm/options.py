"""What the command line says of ``storm``."""

import argparse
from pathlib import Path
from typing import Literal

type Shape = Literal["burst", "hour", "slow", "outage"]

SHAPES: dict[Shape, tuple[int, float, int]] = {
    "burst": (5_000, 10, 1),
    "hour": (100_000, 60, 4),
    "slow": (500, 720, 1),
    "outage": (5_000, 10, 1),
}
"""Users, minutes and instances of the app of each shape."""


def add_storm_options(storm: argparse.ArgumentParser) -> None:
    """Add the options of ``storm``."""
    storm.add_argument("--shape", choices=SHAPES, default="burst", help="default: burst, 5,000 users in ten minutes")
    storm.add_argument("--users", type=int, metavar="N")
    storm.add_argument("--minutes", type=float, metavar="M", help="how long the events take to come")
    storm.add_argument("--after", type=float, default=60, metavar="M", help="minutes watched afterwards; default 60")
    storm.add_argument("--instances", type=int, metavar="N", help="of the app, which share one state")
    storm.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")

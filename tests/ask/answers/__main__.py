"""``python -m tests.ask.answers``: ask everything again, and write down what is answered."""

import asyncio

from tests.ask.answers import FOLDER, answered, as_file


def main() -> None:
    """Write every area's file."""
    for area, prompts in asyncio.run(answered()).items():
        (FOLDER / f"{area}.txt").write_text(as_file(prompts), encoding="utf-8")


if __name__ == "__main__":
    main()

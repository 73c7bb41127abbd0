"""``python -m tests.ask.conversations``: hold every conversation again, and write down what is answered."""

import asyncio

from tests.ask.conversations import SIGNED, as_file, held

if __name__ == "__main__":
    SIGNED.write_text(as_file(asyncio.run(held())), encoding="utf-8")

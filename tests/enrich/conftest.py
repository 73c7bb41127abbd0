"""The fake Graph and the reader on it."""

from tests.graph.conftest import bench, fake

__all__ = ["bench", "fake"]

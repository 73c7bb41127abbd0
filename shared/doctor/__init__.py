"""What an installation may read and reach, and what its reports will lack: asked before a case shows it."""

from shared.doctor.examination import Check, Examination
from shared.doctor.examine import examine

__all__ = ["Check", "Examination", "examine"]

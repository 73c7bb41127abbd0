"""Facts and assessment in, checked words out: by a template always, by a language model where there is one."""

from shared.write.check import check_sentence
from shared.write.model import ModelWriter
from shared.write.subject import Subject
from shared.write.summary import write, write_summary
from shared.write.template import TEMPLATE

__all__ = ["TEMPLATE", "ModelWriter", "Subject", "check_sentence", "write", "write_summary"]

"""Turn a dossier into a judgement: findings, score, verdict, severity, confidence, and the actions that fit."""

from shared.assess.judge import assess

__all__ = ["assess"]

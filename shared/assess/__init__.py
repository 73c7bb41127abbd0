"""Turn a dossier into a judgement: findings, score, verdict, severity, confidence, and the actions that fit."""

from shared.assess.campaign import assess_campaign
from shared.assess.grounds import check_weights
from shared.assess.judge import assess

__all__ = ["assess", "assess_campaign", "check_weights"]

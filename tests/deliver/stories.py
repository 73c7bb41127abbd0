"""One case over time, and a hostile one, as destinations get to see them."""

import msgspec

from shared.models.assessment import Finding
from shared.models.cases import Signal
from shared.models.dossier import Dossier, Fact
from shared.models.reports import Report
from tests.records import minutes
from tests.reports import EVENT, report, said

FIRST = report()
SPRAY = Signal(key="k2", reason="password_spray_success", at=minutes(10), record_id="sign-in-2", category="SignInLogs")
MENDED = Signal(key="k3", reason="risk_remediated", at=minutes(20), record_id="user-1", category="RiskyUsers")
AGAIN = Signal(key="k4", reason="risky_detection", at=minutes(30), record_id="detection-2", category="UserRiskEvents")
SPRAYED = Finding(
    id="password_spray", family="detections", title="Password spray", statement="One address tried many.", weight=40,
    facts=("F2",),
)  # fmt: skip
FACT = Fact(id="F2", kind="sign_in.spray", text="One address tried 24 users.", source=EVENT)
HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "[code]<img src=x onerror=alert(1)>[/code]",
    "[CODE]<b>[/CoDe]",
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "h1. big {color:red}red{color} [~accountid:5b10] @everyone <at>Ada</at>",
    "**bold** _it_ `code` ~~gone~~ # no",
    "{{DATE(2026-01-01T00:00:00Z)}} ${title} @{triggerBody()}",
    "^ORDERBYnumber^NQactive=true",
    "txt.exe\u202eabc\u2066\u200b\u00ad",
    "one\r\ntwo\u2028three\x00four",
    '"; DROP TABLE incident; --\\',
)


def later(number: int = 2, **more: object) -> Report:
    """Return version 2 or later: sprayed too, graver."""
    worse = msgspec.structs.replace(
        FIRST.assessment,
        verdict="compromised",
        severity="high",
        score=80,
        findings=(*FIRST.assessment.findings, SPRAYED),
    )
    fields = {
        "version": number,
        "signals": (*FIRST.signals, SPRAY),
        "assessment": worse,
        "dossier": Dossier(facts=(*FIRST.dossier.facts, FACT)),
    }
    return report(**{**fields, **more})


def fuller(number: int = 3) -> Report:
    """Return a version with one more fact and no new risk."""
    more = Fact(id="F3", kind="user.manager", text="The manager is Ben.", source=EVENT)
    return later(number, dossier=Dossier(facts=(*FIRST.dossier.facts, FACT, more)))


def mended(number: int = 3) -> Report:
    """Return the version in which the risk is over."""
    return later(number, status="closed", outcome="remediated", signals=(*FIRST.signals, SPRAY, MENDED))


def again(number: int = 4) -> Report:
    """Return the version in which new risk came after the end."""
    return later(number, signals=(*FIRST.signals, SPRAY, MENDED, AGAIN))


def hostile(facts: int = 0, version: int = 1) -> Report:
    """Return a report all of whose words come from an attacker, with many facts."""
    text = " ".join(HOSTILE_TEXTS)
    evidence = tuple(Fact(id=f"F{n}", kind="sign_in", text=f"{n} {text}", source=EVENT) for n in range(1, facts + 1))
    words = msgspec.structs.replace(
        FIRST.summary,
        headline=said(text),
        what_happened=(*(said(text) for text in HOSTILE_TEXTS), said("long " * 5000)),
        questions=HOSTILE_TEXTS,
    )
    return report(version=version, name=text, summary=words, dossier=Dossier(facts=evidence or FIRST.dossier.facts))

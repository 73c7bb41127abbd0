"""The words that need no evidence, and the words of this field that always do."""

import re

FIELD_NAMES = frozenset(
    """
    entra id ids mfa graph conditional access microsoft authenticator utc identity protection ip ips asn api apis
    mitre att&ck vpn soc
    """.split()
)
"""Names of the field, lower case: writing one claims nothing about this case."""

OPENERS = frozenset(
    """
    a about access account accounts across activity actor actors add added adding additionally administrator
    administrators admin after afterwards again all already also although an and another any anyone apart app
    application applications apps approval approve are around as ask assessment at attempt attempts audit
    authentication because been before behind besides between beyond block blocking both but by can case cause
    change changes changing check city claim client clients closing cloud compare confidence confirm confirmed
    consent consents consequently contact contacting could country credential credentials data date decide delete
    deleting denied denying detection detections device devices did directory disable disabling dismiss do does
    during each earlier either eligible email enable end ends entry evidence except failed failures find
    finding findings first five for forwarding four from further given group groups guest guests had has have having
    he hence her here his history hold home how however if in inbox initial instead is issue it its just keep keeping
    known last later leave licence location locations look look-ups mail mailbox malicious manager many membership
    memberships message method methods minutes more most moreover multiple name neither network new next no nobody
    none nor not nothing now of on once one only open or other others otherwise out outside over own owner
    owners part password passwords permission permissions phone platform policies policy possession previous prior
    privilege privileged prompt prompts protection read reading reads recent records register registered registration
    remote remove removing request requests require requiring reset resetting review reviewing revoke revoked
    revoking risk risks risky role roles rotate rotating rule rules score seven several she show shows sign sign-in
    sign-ins since single six so some somebody someone something source sources stop stopping subsequently such
    success successful sum suspicious ten tenant that the their then there these they this those though three
    through time to together token tokens travel treat trip two under unfamiliar unknown unlike until update use user
    users verdict verify was watch watching we were what when where whether which while who whoever whole whose why
    will with within without would yet you your zero eight eleven nine twelve twice emergency session sessions
    privacy old older microsoft's either severity signals signal traffic whatever nowhere anybody everything points
    """.split()
)
"""Ordinary words that may open a sentence with a capital letter."""

STATE_NAMES = {"confirmedSafe": "confirmed safe", "confirmedCompromised": "confirmed compromised", "atRisk": "at risk"}
KIND_NAMES = {
    "sign_in.spray": "password spray",
    "sign_in.mfa_denials": "denied MFA prompts",
    "user.break_glass": "emergency access account",
    "user.home_tenant": "guest",
}
"""What a kind of fact says by itself."""

THREATS: dict[str, str] = {
    r"phish(?!able)\w*(?![- ]resistant)": r"phish(?!\w*[- ]resistant)|attackerinthemiddle|attacker in the middle",
    r"malware\w*": r"malware",
    r"ransom\w*": r"ransom",
    r"brute[- ]?forc\w*": r"brute",
    r"credential stuffing|stuff(?:ed|ing)": r"stuffing",
    r"spray\w*": r"spray",
    r"leak\w*|breach\w*|dark web": r"leak|breach|dark web",
    r"stolen|steal\w*|stole|theft|thef\w*": r"stolen|steal|theft|anomalous ?token|attackerinthemiddle",
    r"hijack\w*": r"hijack",
    r"replay\w*": r"replay",
    r"sim[- ]?swap\w*": r"sim[- ]?swap",
    r"exfiltrat\w*": r"exfiltrat",
    r"lateral\w*": r"lateral",
    r"nation[- ]?state": r"nation[- ]?state",
    r"threat actor\w*": r"threat actor|nationstateip",
    r"threat intelligence": r"threat ?intelligence",
    r"in[- ]the[- ]middle|aitm": r"in ?the ?middle|aitm",
    r"tor(?: exit)?|onion": r"\btor\b|onion",
    r"anonym\w*": r"anonym|riskyipaddress",
    r"botnet\w*|bot": r"\bbot",
    r"insider\w*": r"insider",
    r"imp(?:ossible|robable) travel": r"impossible ?travel",
    r"atypical travel|unlikely travel": r"atypical travel|unlikelytravel",
    r"unfamiliar": r"unfamiliar",
    r"anomal\w*": r"anomal",
    r"malicious\w*": r"malicious",
    r"backdoor\w*": r"backdoor",
    r"legacy": r"legacy",
    r"device[- ]code": r"device[- ]?code",
    r"fatigue|bomb\w*": r"fatigue|bomb",
    r"forward\w*": r"forward",
    r"break[- ]?glass|emergency access": r"break[-_ ]?glass|emergency",
    r"guest\w*": r"guest",
    r"delet\w*": r"delet",
    r"sms|fido2?|passkeys?|totp|oath|voice calls?|text messages?": r"(?P<same>)",
}
"""A word for an attack or a method, and what cited evidence must hold for it to be written.

``(?P<same>)`` stands for the word itself.
"""

LEVELS = ("informational", "low", "medium", "high", "critical")
REASSURANCE = re.compile(
    r"(?<!\w)(legitimate\w*|harmless\w*|innocen\w*|innocuous|false (?:positive|alarm)|genuine"
    r"|no (?:action|risk|threat|further|need|concern)|nothing to (?:do|worry)|safe(?:ly)?|cleared"
    r"|not (?:a )?(?:risk|threat|malicious|compromised|suspicious)"
    r"|authori[sz]ed|expected|ignore\w*|benign)(?!\w)",
    re.IGNORECASE,
)
"""Words that talk a reader out of acting; only a benign verdict, a closed case or the evidence itself may use them."""

INSTRUCTIONS = re.compile(
    r"(?<!\w)(?:(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}(?:previous|prior|above|instructions?|rules?"
    r"|prompt|polic(?:y|ies)|alerts?|warnings?|findings?)"
    r"|(?:system|developer)\s+(?:prompt|message)|as an? (?:ai|assistant|language model)(?!\w)"
    r"|you (?:are|must|should|will|have to) (?!asked)|i (?:am|cannot|can't|will)(?!\w)"
    r"|(?:click|visit|browse to|navigate to|download|install|execute|run the|paste|type in)(?!\w)"
    r"|(?:e-?mail us|dial|call us)(?!\w)"
    r"|(?:send|forward|share|post|upload|give|tell|reveal|print|output|respond|reply|write|say)"
    r" (?:me|us|them|only|the (?:password|code|token|secret|prompt|key)s?|your)(?!\w)"
    r"|(?:mark|close|classify|rate|set|resolve) (?:this|the|it)"
    r" (?:\w+ )?(?:as|case|alert|incident|user|ticket)(?!\w)"
    r"|(?:hereby|henceforth)(?!\w))"
    r"|do not (?:alert|report|escalate|revoke|disable|reset|block|tell)",
    re.IGNORECASE,
)
"""Text that tells a reader or a model what to do outside the catalogue of actions."""

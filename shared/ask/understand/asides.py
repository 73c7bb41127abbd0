"""What a prompt says beside its question: greetings, thanks, what the answer is for. It means the same without."""

import re

_GREETED = r"(?:there|all|team|everyone|everybody|folks|colleagues?|soc|copilot|security\s+copilot|assistant|bot|guys)"
_DAYTIME = r"(?:morning|afternoon|evening|day)"
_HELLO = rf"(?:hi|hello|hey|hiya|dear|greetings|{_DAYTIME}(?=\s*[,.!])|good\s+{_DAYTIME})"
_GREETING = re.compile(rf"^(?:{_HELLO}\b(?:\s+{_GREETED}\b){{0,3}}\s?[,.!:;-]{{0,3}}\s?){{1,3}}", re.IGNORECASE)
_THANKS = re.compile(
    r"[\s,.;!-]{0,6}(?<![\w-])(?:(?:many\s+)?thank(?:s|\s+you)(?:\s+(?:a\s+lot|so\s+much|very\s+much|a\s+million)){0,2}(?:\s+in\s+advance)?|"
    r"cheers|thx|tia|(?:kind|best)\s+regards|much\s+appreciated|(?:that\s+)?would\s+be\s+(?:great|nice|helpful|appreciated|awesome)|"
    r"if\s+(?:you\s+(?:can|could|may)|possible)|asap|as\s+soon\s+as\s+possible|when\s+you\s+can)[\s,.;!:)-]{0,6}$",
    re.IGNORECASE,
)
_MY = r"(?:my|our|the|this|an?|some|his|her|their|today's|tomorrow's|tonight's)"
_WRITING = (
    r"(?:report(?:ing)?|notes?|documentation|docs|hand-?over|hand-?off|records?|files?|paperwork|timeline|presentation|slides?|deck|"
    r"review|meeting|stand-?up|briefing|shift|investigation|enquiry|inquiry|auditors?|wiki|write-?up|ticket|ciso|"
    r"analysis|post-?mortem|escalation|purposes?|playbook|runbook|dashboard|follow-?up|hunting|hunt|triage|calendar|campaign|spreadsheet|"
    r"tracker|backlog|call|newsletter|committee|renewal|budget|inventory|statistics|kpis?|metrics|planning|cleanup|clean-up|migration|project|exercise|"
    r"exam|interview|workshop|training|certification)"
)
_NUMBER = r"(?:\s+(?:number\s+)?#?(?:[A-Z]{2,8}-?)?\d{2,12}\b)?"
_FOR = (
    r"(?:for|as\s+part\s+of|as\s+input\s+(?:for|to)|to\s+(?:add|attach|put|include|paste)\s+(?:it\s+)?(?:to|in|into))"
)
_FOR_WRITING = rf"{_FOR}\s+(?:{_MY}\s+(?:[a-z-]+\s+){{0,2}})?{_WRITING}{_NUMBER}"
_I = r"(?:i|we)"
_TO_CLOSE = (
    r"(?:close|complete|finish|document|prepare|update|fill\s+(?:in|out)|support|enrich|resolve|work\s+on)\s+(?:my|our|the|this|an?)\s+"
    r"(?:\w+\s+)?(?:ticket|incident|case|investigation|report|alert|documentation|review|audit|task|request|analysis)"
)
_NEED_IT = (
    rf"(?:{_I}(?:'ll)?\s+)?(?:need|want|require)\s+(?:it|this|that|them|these|those)\s+(?:for|in|by|to|today|before|because|asap|on)\b|"
    r"(?:it|this|that)(?:'s|\s+is)\s+(?:for|because|urgent|important)\b|"
    rf"{_I}\s+(?:have|need|must|want|will|'ll|am\s+going)\s+(?:to\s+)?(?:phone|call|ring|inform|notify|brief|tell|ask|contact|report|write|document|decide|know|speak|talk|e-?mail)\b"
    r"(?!\s+(?:me\s+|us\s+)?(?:who|whom|whose|what|which|when|where|why|how|if|whether)\b)|"
    r"(?:the|my|our)\s+(?:auditors?|boss|manager|ciso|management|customer|helpdesk|service\s+desk|team\s+lead|lead)\s+(?:asks?|asked|wants?|needs?|is\s+asking|would\s+like)\b"
)
_PURPOSE = (
    rf"so\s+(?:that\s+)?(?:{_I}|my\s+\w+|our\s+\w+)\s+(?:can|could|may|will|knows?|have|has|am|are|don't|do)\b|"
    r"(?:in\s+order\s+to|so\s+as\s+to)\b|"
    rf"(?:because|as|while)\s+{_I}(?:'m|'re|'ve|\s+(?:am|are|have|need|want|must|should|will|can|investigate|work|write))\b|"
    rf"before\s+{_I}\s+(?:can\s+|may\s+)?(?:close|write|finish|escalate|call|go|leave|report|contact|inform|hand|resolve|reply|answer)\b|"
    rf"to\s+(?:help\s+me\s+|let\s+me\s+)?{_TO_CLOSE}\b"
)
_SAID_OF_IT = r"(?:he|she|it|they|this|that)(?:'s|\s+(?:is|has|was|are))\s+(?:an?|our|on|in|about\s+to)\s"
_END = r"(?:[^.!?;\n]|[.!?;](?=\w)){0,200}"
"""The rest of a sentence; a dot within a word ends none."""
_ASIDES = (
    re.compile(
        rf"(?:[.!?;,:(-]\s?|\s-\s|\s(?=because\s))(?:and\s+|as\s+|because\s+)?(?:{_NEED_IT}){_END}", re.IGNORECASE
    ),
    re.compile(rf"(?:[,;]\s|\s-\s){_SAID_OF_IT}{_END}$(?<!\?)", re.IGNORECASE),
    re.compile(rf"[\s,(-]{{1,6}}{_FOR_WRITING}\)?(?=\s?(?:[.!?;,)]|$|\b(?:and|then)\b))", re.IGNORECASE),
    re.compile(rf"[\s,(-]{{1,6}}(?:{_PURPOSE}){_END}", re.IGNORECASE),
)
_OPENINGS = (
    re.compile(
        r"^(?:re:?\s+)?(?:ticket|inc|incident|sr|request|alert)\s?[#:]?\s?[A-Z]*-?\d{2,12}\s?[:,-]\s?|"
        rf"^{_FOR_WRITING}\s?[,:;-]\s?|"
        rf"^{_FOR_WRITING}\s+(?={_I}\s+(?:need|want|require|would\s+like)|please|give|list|show|tell)|"
        rf"^(?:in\s+order\s+)?to\s+{_TO_CLOSE}\b[^,:;.!?\n]{{0,40}}[,:]\s?|"
        r"^(?:using|with|via|use)\s+(?:the\s+)?(?:microsoft\s+)?entra(?:\s+id)?(?:\s+(?:plug-?in|skills?|data|logs|directory))?\s?[,:]\s?",
        re.IGNORECASE,
    ),
    re.compile(  # names no capital letter, which might be a name
        rf"^{_I}(?:'m|\s+am|'re|\s+are)\s+(?:currently\s+|still\s+|just\s+)?(?:investigating|working\s+on|looking\s+into|handling|writing|preparing|triaging|"
        r"reviewing|analysing|analyzing|documenting)\s+(?-i:[^,:;.!?@\n\"A-Z]{0,60})(?:[,:;.]\s?|\s+and\s+)(?=\S)",
        re.IGNORECASE,
    ),
)
_TICKET = re.compile(
    r"[\s,(]{1,6}(?:for|re|see|regarding)\s+(?:ticket|inc|incident|sr|request|alert)\s+#?[A-Z]*-?\d{2,12}\s?\)?(?=[.!?]|$)",
    re.IGNORECASE,
)


def without_asides(text: str) -> str:
    """Return a prompt without greeting, thanks and purpose; as it is where nothing else would be left.

    Only what the person who asks does with the answer is taken for its purpose ("so that I can close this ticket");
    what the app should do stays, to be refused.
    """
    bare = _GREETING.sub("", text)
    for opening in _OPENINGS:
        bare = opening.sub("", bare)
    bare = _TICKET.sub("", bare)
    for aside in _ASIDES:
        bare = aside.sub("", bare)
    bare = _THANKS.sub("", bare).strip(" ,;|")
    return bare if any(char.isalnum() for char in bare) else text

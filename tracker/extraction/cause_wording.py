"""How analyses word a cause: labels, sentences and headings, and the letters without which none of them can stand."""

import re

LABELLED = re.compile(
    r"[\W_]{0,8}(?:[\w'/&-]{1,20}[:,]?\s){0,5}root[\s-](?:\w{4,14}\s)?causes?\b[^:.\n]{0,40}?"
    r"(?::|\s[\u2013\u2014-]\s|\s(?:is|was)\s(?=[a-z]))",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"[\W_]{0,8}(?:(?:(?:main|primary|direct|actual|underlying|key|core|the)\s)?(?:cause|problem|culprit|bug|fault)"
    r"|(?:primary|main|key|core)\sfinding)\s{0,2}:",
    re.IGNORECASE,
)
NOT_STATED = (
    r"(?!\s(?:\w{2,12}ly\s)?(?:re)?(?:solved|fixed|discovered|found|detected|not|being|still|now|unknown|unclear|addressed"
    r"|identified(?!\sas)))"
)
ROOT_SENTENCE = re.compile(
    r"\broot[\s-]causes?\b(?:\s(?!is\b|was\b|were\b|are\b)[\w,'()/-]{1,25}){0,7}?"
    rf"\s(?:is|was|were|are|as|to be|lies|lay|turned out)\b{NOT_STATED}",
    re.IGNORECASE,
)
CAUSE_SENTENCE = re.compile(
    r"\b(?:was|were|is|are|been)\s(?:\w{4,14}ly\s)?caused by\b|\bstem(?:s|med)? from\b|\b(?:comes|came) down to\b"
    r"|\bthe\s(?:\w{3,12}\s)?(?:issue|problem|bug"
    r"|(?:cause|reason|culprit|trigger)(?:\s(?!is\b|was\b|were\b)[\w,'-]{1,15}){0,6})\s"
    rf"(?:is|was|were)\b{NOT_STATED}"
    r"|\btrac(?:es?|ed) back to\b|\bside[\s-]effect of\b|\battributed to\b",
    re.IGNORECASE,
)
WEAK_SENTENCE = re.compile(
    r"\bdue to\b|\bbecause\b|\bas a (?:result|consequence) of\b|\bresult(?:s|ed|ing)? (?:from|in)\b|\btriggered\b"
    r"|\bcaus(?:ed|ing)\b(?!\W{0,3}\Z)|\bl(?:ed|ead|eads|eading) to\b|\bmisconfigur\w{2,6}\b|\bbug (?:in|that)\b"
    r"|\binadvertently\b|\baccidentally\b|\brather than\b|\bturn(?:s|ed) out\b"
    r"|\b(?:identified|discovered|realised|realized) that\b",
    re.IGNORECASE,
)
SURE = re.compile(r"\b(?:identified|confirmed|final|found|established)\b", re.IGNORECASE)
MAIN = re.compile(
    r"\b(?:primary|main|true|ultimate|real|fundamental|underlying|core|deep|deepest|principal|overall|systemic)\b",
    re.IGNORECASE,
)
DOUBTFUL = re.compile(
    r"\b(?:secondary|tertiary|contributing|possible|potential|suspected|hypothes[ie]s|initial|surface|immediate|other"
    r"|related|previous|similar)\b",
    re.IGNORECASE,
)
NOT_THE_CAUSE = re.compile(
    r"\b(?:addressed|resolution|resolved|fixed|solutions?|category|analysis|method|summary|eliminated|areas?|link|see)\b",
    re.IGNORECASE,
)
UNKNOWN = re.compile(
    r"\b(?:don't|do not|does not|didn't|did not|don\u2019t) (?:yet )?know\b"
    r"|\b(?:is|are|remains?|was) (?:still |currently |yet )?"
    r"(?:unknown|unclear|undetermined|under investigation|being investigated|not (?:yet )?(?:known|clear|determined))\b"
    r"|\A\W{0,4}(?:unknown|tbd|to be determined|n/?a|none|todo|under investigation)\b.{0,40}\Z",
    re.IGNORECASE,
)
ROOT_HEADING = re.compile(r"\broot[\s-]causes?\b", re.IGNORECASE)
EXACT_HEADING = re.compile(
    r"[\W\d_]{0,10}(?:the )?root[\s-]causes?(?:\(s\))?(?: (?:analysis|summary|identification|identified))?[\W_]{0,4}",
    re.IGNORECASE,
)
CAUSE_HEADING = re.compile(
    r"\bcauses?\b|\brca\b|\bcaus(?:ed|al)\b|\bwhy (?:did|it|this|the)\b.{0,40}(?:happen|fail|occur|go)|\borigins?\b"
    r"|\bdiagnosis\b"
    r"|\bfault\b|\bwhat (?:was|is) (?:the )?(?:problem|issue|wrong)\b",
    re.IGNORECASE,
)
WHYS = re.compile(r"\b(?:five|5)[\s-]{0,2}whys?\b|\bwhys\b|\bwhy\s{0,2}#?\d|\d(?:st|nd|rd|th) why\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?]\s{1,3}")
SECTIONS = {  # how a word of the heading begins
    "problem": ("problem", "symptom", "evidence", "observ", "question"),
    "summary": ("summary", "overview", "tl;dr", "tldr", "abstract", "synopsis"),
    "conclusion": ("conclusion", "finding"),
    "account": ("background", "happened", "technical", "explanation", "detail", "analysis", "description", "context"),
    "factors": ("contributing", "trigger"),
    "timeline": ("timeline", "chronology", "events"),
    "review": ("lesson", "learn", "went", "lucky", "impact", "detection"),
    "work": (
        *("action", "steps", "follow", "prevent", "remed", "fix", "mitigat", "resol", "recommend", "improve", "plan"),
        *("validat", "test", "recover"),
    ),
}
LABEL_MARKS = {"sure": SURE, "main": MAIN, "doubtful": DOUBTFUL, "off": NOT_THE_CAUSE}
SENTENCES = {"root": ROOT_SENTENCE, "cause": CAUSE_SENTENCE, "weak": WEAK_SENTENCE}
HINTS = {
    "root": ("root",),
    "cause": (
        *(
            "caused by",
            " cause ",
            "stem from",
            "stems from",
            "stemmed from",
            "down to",
            "reason ",
            "culprit ",
            "trigger ",
        ),
        *(
            "back to",
            "side effect",
            "side-effect",
            "attributed to",
            "issue is",
            "issue was",
            "problem is",
            "problem was",
        ),
        *("bug is", "bug was"),
    ),
    "weak": (
        *("due to", "because", "result", "consequence of", "triggered", "caus", "led to", "lead", "misconfig", "bug "),
        *("inadvertently", "accidentally", "rather than", "turned out", "turns out", "fied that", "ed that"),
    ),
}
HEADING_HINTS = ("caus", "rca", "root", "why", "origin", "diagnos", "fault", "what")
ALL_HINTS = (  # the shortest letters that one of the hints or of the labels has
    *("issue", "problem", "caus", "result", "lead", "root", "bug", "due to", "trigger", "side", "back to", "ed that"),
    *(
        "down to",
        "led to",
        "reason",
        "stem f",
        "stems f",
        "stemmed f",
        "attributed",
        "consequence",
        "misconfig",
        "rather",
    ),
    *("inadvertently", "accidentally", "turned out", "turns out", "culprit", "fault", "finding"),
)

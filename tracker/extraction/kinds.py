"""Fix, investigate or prevent: what kind an issue is, by its words, its headings and the issues beside it."""

# ruff: noqa: SIM905, E501 - a block of words is read more easily than a list of strings

import re
from collections.abc import Sequence

from tracker.extraction.document import Block
from tracker.extraction.lexicon import VERB_FORMS
from tracker.extraction.topics import main_topic, topics
from tracker.extraction.traits import Traits

READ = 220  # characters: what kind of work it is, is said at the beginning
EARLY = 6  # words
FIND_OUT = frozenset(
    "analyse analyze assess audit clarify compare debug determine diagnose discover discuss evaluate examine "
    "explore identify inspect investigate research study survey understand".split()
)
FIND_OUT_NOUNS = frozenset("analysis assessment audit diagnosis evaluation inquiry investigation research".split())
SURE = frozenset(
    "analyse analyze clarify debug determine diagnose examine explore identify investigate research".split()
)
PREVENTING = frozenset(
    """
    adr alarm alarms alert alerts alerting audit audits automate automated automatic automatically automation
    capacity checklist checklists checks ci coverage culture dashboard dashboards detect detection document
    documentation documented documents drill drills early earlier enforce enforcement ensure expiry framework
    frameworks freeze future gate gates governance guard guards guide guideline guidelines guides health improve
    improved improvement improvements limits lint linter linting load logging logs maintain mandatory metric metrics
    monitor monitored monitoring notification notifications observability on-call ownership page pager periodic
    pipeline planning playbook playbooks policies policy practice practices prevent prevention preventive probe
    probes procedure procedures process processes quarterly readiness recurrence redundancy redundant regression
    regular regularly rehearsal require requirement resilience review reviews rotation rule rules runbook runbooks
    safeguard safeguards schedule scheduled staging standard standards strategy subscribe subscribed systematic
    template templates test tested testing tests track tracking train training validation verification warn warning
    warnings weekly
    """.split()
)
FIXING = frozenset(
    """
    accelerate address adjust apologise apologize await bypass clean cleanup clear close compensate compensated
    complete completed consolidate consolidation contain correct corrected correction credit credited credits cut
    decrease delete deleted deploy deployed destroy disable disabled drain email enable enabled fix fixed fixes
    hotfix implement implemented inform informed kill mail migrate migrated migration modify modified move moved
    notify notified patch patched pin raise recover recovered recovery recreate redeploy reduce refactor refund
    refunded refunds reinstall reissue release remove removal removed repair replace replaced replay resend reset
    resize resolve resolved restart restarted restore restored resubmit retry revert reverted revoke revoked rewrite
    roll rollback rolled rotate rotated sent shut stop switch switched undo unify update updated upgrade upgraded
    use workaround
    """.split()
)
ASKS = re.compile(
    r"\b(?:whether|why|what caused|how (?:many|much|often)|which|find out|look into|keep an eye)\b|\bif we\b"
)
NAME_WORD = re.compile(r"[^\W\d_]+")
TYPE_COLUMN = re.compile(r"type|kind|category|class", re.IGNORECASE)
NAMES = (
    "verb ", "heading ", "hw ", "nw ", "main ", "above ", "near ", "lead ", "label ", "mark ", "box", "own ", "ow ", "form ",
    "holds code", "verifies", "column ", "peers past", "peers order",
)  # fmt: skip


def features(block: Block, seen: Traits, names: Sequence[str]) -> list[str]:
    """The features for the kind: those of the block that have to do with it, and more of its own words."""
    return own(block, seen) + [name for name in names if name.startswith(NAMES) and " & " not in name]


def own(block: Block, seen: Traits) -> list[str]:
    """The features that only the kind needs."""
    text = block.text[:READ]
    found = topics(text)
    out = [f"text {name}" for name in found]
    out.append(f"text main {main_topic(found)}")
    out += [f"w {word}" for word in set(seen.words[:40])]
    early = seen.words[:EARLY]
    verbs = {VERB_FORMS[word][1] for word in early if word in VERB_FORMS}
    out += [f"early {verb}" for verb in verbs]
    out += _classes(block, seen, text)
    if seen.label_verb:
        out.append(f"label verb {seen.label_verb}")
    if FIND_OUT & verbs or FIND_OUT_NOUNS.intersection(early):
        out.append("finds out early")
    if seen.verb in FIND_OUT or seen.label_verb in FIND_OUT:
        out.append("finds out")
    if ASKS.search(text.lower()):
        out.append("asks")
    return out + [f"type {name}" for cell in _types(block) for name in topics(cell)]


def _classes(block: Block, seen: Traits, text: str) -> list[str]:
    """How many words of each class a text has, and the class of its first verb and of the last word of its name."""
    words = seen.words[:40]
    preventing, fixing = sum(word in PREVENTING for word in words), sum(word in FIXING for word in words)
    name = NAME_WORD.findall((block.label or text.split(":", maxsplit=1)[0]).lower())
    first = next((word for word in words[:3] if word in PREVENTING or word in FIXING), "")
    last = _class(name[-1]) if name else "none"
    balance = "prevents" if preventing > fixing else "fixes" if fixing > preventing else "even"
    return [
        f"preventing {min(preventing, 3)}",
        f"fixing {min(fixing, 3)}",
        f"balance {balance}",
        f"begins {_class(first)}",
        f"name ends {last}",
        f"name ends {last} begins {_class(first)}",
    ]


def _class(word: str) -> str:
    if word in FIND_OUT or word in FIND_OUT_NOUNS:
        return "finds out"
    return "prevents" if word in PREVENTING else "fixes" if word in FIXING else "neither"


def _types(block: Block) -> list[str]:
    return [cell for name, cell in block.cells if TYPE_COLUMN.search(name)]


def finds_out(seen: Traits) -> bool:
    """Does the first verb order to find something out? That decides, whatever the section says."""
    return seen.form == "base" and seen.verb in SURE

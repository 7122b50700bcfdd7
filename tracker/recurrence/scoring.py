"""From what two analyses share to a score, a verdict, a kind and reasons in plain words."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.translation import gettext

PRIOR_ANALYSES = 20  # as if so many others had been seen: with few analyses there, no term passes for rare
SHORTEST = 10.0  # length of a vector that shorter ones are taken for: two short texts are soon alike
LARGEST_SHARE = 0.02  # one phrase adds at most this to the likeness of phrases (a cosine): one alone decides nothing

# Log-odds of a return, for the ranking and for what is kept at all: the choice that tells labelled pairs apart best.
# Few and round on purpose: `python -m benchmarks.recurrence` judges them on pairs left out.
PHRASES_WEIGHT = 27.0
SIGNATURES_WEIGHT = 6.5
CAUSES_WEIGHT = 5.4
REFERENCE_WEIGHT = 0.54
BIAS = -10.35
POSSIBLE = 0.5
MIGHT_BE = 0.36  # below it two analyses are no possible return in the other direction either, whichever refers to which

# What is shown as likely. Labelled pairs are half returns; of all pairs that are as much alike few are, most tell of
# other faults of the same component. What sets those apart is what the causes say; signatures they share as well.
CERTAIN_REFERENCE = 0.15
CERTAIN_NUMBER = 0.3
LIKELY = 0.86

SAME_DAY_LIKENESS = 0.15  # two analyses of one day whose phrases are that much alike tell of one incident
MOST_NAMED = 3
RARE_SHARE = 0.1  # of all analyses: a signature in more of them says little
RARE_AT_LEAST = 3
CAUSE_LIKENESS = 0.15

RECURRENCE = "recurrence"
SAME_INCIDENT = "same incident"


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier analysis that the new one may be the return of.

    score: 0 to 1, what matches are ranked by; possible: worth a look; likely: possible, and right in four of five;
    kind: "recurrence", or "same incident" for an update of that analysis; reasons: the strongest first; on: the day
    of the earlier analysis, None where unknown.
    """

    key: Hashable
    score: float
    possible: bool
    likely: bool
    kind: str
    reasons: tuple[str, ...] = ()
    on: date | None = None


@dataclass(slots=True)
class Overlap:
    """What two analyses share: likenesses (cosines, 0 to 1), and the shared terms that weigh most, strongest first."""

    phrases: float = 0.0
    cause_words: float = 0.0
    signatures: float = 0.0
    names: Sequence[str] = ()
    same_number: bool = False
    shared_phrases: list[str] = field(default_factory=list)
    shared_causes: list[str] = field(default_factory=list)
    shared_signatures: list[str] = field(default_factory=list)


def phrase_weight(count: int) -> float:
    """How much a phrase says about the analysis that uses it so often: what is repeated is what it is about."""
    return math.log(count)


def cause_weight(count: int) -> float:
    """How much a word of the causes says."""
    return 1.0 + math.log(count)


def signature_weight(count: int) -> float:
    """How much a signature says: its presence more than its number."""
    return count / (count + 1.2)


def rarity(found_in: int, analyses: int) -> float:
    """How much it says that a term is shared, from the number of analyses that have it."""
    return max(0.0, math.log((analyses + PRIOR_ANALYSES + 1) / (found_in + 0.5)))


def likeness_of_share(share: float) -> float:
    """What one shared phrase adds to the likeness of two analyses."""
    return min(share, LARGEST_SHARE)


def score(overlap: Overlap) -> float:
    """0 to 1: how much speaks for a return, as the labelled pairs have it."""
    log_odds = (
        BIAS
        + PHRASES_WEIGHT * math.sqrt(overlap.phrases)
        + SIGNATURES_WEIGHT * math.sqrt(overlap.signatures)
        + CAUSES_WEIGHT * math.sqrt(overlap.cause_words)
        + REFERENCE_WEIGHT * bool(overlap.names)
    )
    return 1 / (1 + math.exp(-log_odds))


def certainty(overlap: Overlap) -> float:
    """How sure it is that both tell of one fault: what they are about and what they give as its causes, as one sum."""
    references = CERTAIN_REFERENCE * bool(overlap.names) + CERTAIN_NUMBER * overlap.same_number
    return math.sqrt(overlap.phrases) + math.sqrt(overlap.cause_words) + references


def kind(overlap: Overlap, *, same_day: bool) -> str:
    """Whether the new analysis tells of another failure or of the same one once more: a guess, a person confirms it."""
    same = overlap.same_number or (same_day and overlap.phrases >= SAME_DAY_LIKENESS)
    return SAME_INCIDENT if same else RECURRENCE


def match(key: Hashable, overlap: Overlap, *, new_on: date | None, on: date | None) -> Match:
    """The verdict on one earlier analysis; `on` is its day, `new_on` that of the new one, None where unknown."""
    value = score(overlap)
    possible = value >= POSSIBLE
    likely = possible and certainty(overlap) >= LIKELY
    same_day = on is not None and on == new_on
    return Match(key, value, possible, likely, kind(overlap, same_day=same_day), tuple(reasons(overlap)), on)


def reasons(overlap: Overlap) -> list[str]:
    """Why the two may tell of one fault, in words that a person can check in both texts."""
    found = []
    if overlap.names:
        found.append(gettext("refers to %(words)s") % {"words": _listed(overlap.names)})
    if overlap.shared_signatures:
        found.append(gettext("shared error signature %(words)s") % {"words": _listed(overlap.shared_signatures)})
    if overlap.shared_phrases:
        words = _listed(_quoted(overlap.shared_phrases))
        found.append(gettext("both keep coming back to %(words)s") % {"words": words})
    if overlap.shared_causes and overlap.cause_words >= CAUSE_LIKENESS:
        found.append(gettext("same words in the causes: %(words)s") % {"words": _listed(overlap.shared_causes)})
    return found


def _quoted(words: Sequence[str]) -> list[str]:
    return [f"\u201c{word}\u201d" for word in words]


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:MOST_NAMED])

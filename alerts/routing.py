"""By which channels whom a step reaches. Values in, values out: it asks no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.choices import PERSONAL_CHANNELS, ChannelKind
from alerts.models import Channel
from alerts.recipients import Candidate, Person


@dataclass(frozen=True, slots=True)
class Target:
    """One channel, and the person whom it reaches; None for the place that the channel leads to."""

    channel: int
    person: Person | None


@dataclass(frozen=True, slots=True)
class Route:
    """Who is told, by which channels. Without a recipient nobody was found, and only places are told, or the log."""

    recipient: Person | None
    by_fallback: bool
    targets: tuple[Target, ...]


def route(wanted: Iterable[int], candidates: Sequence[Candidate], channels: Mapping[int, Channel]) -> Route:
    """The route of a step that asks for these channels. `channels` are those that can be used now, by key.

    When none of them reaches anybody, because they are switched off or nobody has an address there, it goes by every
    channel that reaches a person, and then by every channel there is: a step is never without a way for want of one.
    """
    asked = [channels[pk] for pk in wanted if pk in channels]
    personal = [channel for channel in channels.values() if channel.kind in PERSONAL_CHANNELS]
    for ways in (asked, personal, list(channels.values())):
        if targets := _targets(ways, candidates):
            break
    reached = {target.person.pk for target in targets if target.person}
    told = [each for each in candidates if each.person.pk in reached]
    if not told and any(channels[target.channel].kind not in PERSONAL_CHANNELS for target in targets):
        told = list(candidates)  # the place is told whom it concerns
    return Route(told[0].person, told[0].by_fallback, targets) if told else Route(None, True, targets)


def _targets(ways: Iterable[Channel], candidates: Sequence[Candidate]) -> tuple[Target, ...]:
    found = []
    for channel in ways:
        if channel.kind not in PERSONAL_CHANNELS:
            found.append(Target(channel.pk, None))
        elif person := _first_reached(channel, candidates):
            found.append(Target(channel.pk, person))
        elif channel.kind == ChannelKind.LOG:
            found.append(Target(channel.pk, None))  # a line that names nobody is better than none
    return tuple(found)


def _first_reached(channel: Channel, candidates: Sequence[Candidate]) -> Person | None:
    return next((each.person for each in candidates if each.person.is_reached_by(channel.kind)), None)

"""Whatever happens here and at GitHub, in whatever order: nothing is validated, and nothing goes back and forth."""

import random

import pytest

from tracker import amend, workflow
from tracker.choices import Door, OnClosed, Priority, Status
from tracker.github.texts import OPEN, saying
from tracker.models import GitHubLink, Issue
from tracker.refusals import Refused

pytestmark = pytest.mark.django_db

STEPS = [name for name in workflow.TRANSITIONS if name != "validate"]
REASONS = ("completed", "not_planned", "duplicate", None)


class World:
    """One issue, its twin at GitHub, and everything that can happen to either."""

    def __init__(self, dice, github, issue, clock, send, look):
        self.dice, self.github, self.issue = dice, github, issue
        self.clock, self.send, self.look = clock, send, look
        self.changes_here = 0

    def act(self) -> None:
        self.clock.forward(seconds=self.dice.choice((0, 1, 70)))
        self.dice.choice((self.step, self.step, self.amend, self.close, self.reopen, self.fail, self.send, self.look))()

    def hand(self) -> dict:
        return {"actor": None, "door": Door.COMMAND, "now": self.clock()}

    def step(self) -> None:
        name = self.dice.choice(STEPS)
        until = self.clock().replace(year=2030)
        try:
            workflow.apply(name, self.issue.pk, reason="So.", until=until, hours_unknown=True, **self.hand())
            self.changes_here += 1
        except Refused:
            pass

    def amend(self) -> None:
        try:
            if self.dice.random() < 0.5:
                amend.set_priority(self.issue.pk, self.dice.choice(list(Priority)), **self.hand())
            else:
                amend.add_note(self.issue.pk, "Done.", **self.hand())
            self.changes_here += 1
        except Refused:
            pass

    def close(self) -> None:
        self.github.close(1, self.dice.choice(REASONS))

    def reopen(self) -> None:
        self.github.reopen(1)

    def fail(self) -> None:
        self.github.before = [self.dice.choice((self.github.answering(502), self.github.breaking_off_after_the_write))]


@pytest.mark.parametrize("seed", range(14))
def test_nothing_is_validated_writes_are_bounded_and_both_sides_come_to_rest(
    seed, github, make_issue, make_owner, pushed, clock, send, look
):
    dice = random.Random(seed)
    issue = make_issue(owner=make_owner())
    rules = {"on_closed": dice.choice(list(OnClosed)), "reopens_here": dice.random() < 0.7}
    pushed(issue, **rules, closes_there=dice.random() < 0.7)
    world = World(dice, github, issue, clock, send, look)

    for _ in range(60):
        world.act()
        assert Issue.objects.get(pk=issue.pk).status != Status.VALIDATED

    github.before = []
    clock.forward(hours=7)
    for _ in range(4):
        look()
        send()
    assert not issue.changes.filter(new_status=Status.VALIDATED).exists()
    ours = issue.changes.count() + issue.field_changes.count()
    writes = len(github.writes)
    assert writes <= 1 + ours * 2  # a write whose answer was lost may be sent twice

    notes = issue.notes.count()
    for _ in range(3):
        look()
        send()
    assert (len(github.writes), issue.notes.count()) == (writes, notes)  # at rest
    link = GitHubLink.objects.select_related("issue", "repository").get()
    there, wanted = github.issues[1], saying(link)
    assert (link.seen_state, link.problem, link.due_at) == (there["state"], "", None)
    assert there["title"] == wanted.title
    assert wanted.block in there["body"]
    if wanted.state and wanted.state != there["state"]:
        # Somebody has decided otherwise there since, and the site does not fight: it was noted.
        assert issue.notes.filter(door=Door.GITHUB).exists()
    if there["state"] == OPEN and rules["reopens_here"] and link.repository.closes_there:
        assert link.issue.status != Status.CANCELLED

"""Who may do what: the one place that decides, for every door.

Rights come from groups (Engineer, Manager, Executive, Auditor) or are given to a person. Without a person it is the
operator of the system who acts, through a command or a task: whoever can run those can change the database anyway.
"""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from tracker.models import FieldChange, Issue, Owner

Actor = AbstractBaseUser | AnonymousUser | None

CHANGE_ISSUE = "tracker.change_issue"
CHANGE_ANALYSIS = "tracker.change_analysis"
CANCEL_ISSUE = "tracker.cancel_issue"
WORK_ON_OWN_ISSUE = "tracker.work_on_own_issue"
EXPORT_ISSUE = "tracker.export_issue"  # the list of issues as a file
EXPORT_TEXT = "tracker.export_issue_text"  # ... with what analyses say
SEE_REVENUE = "tracker.view_revenueprofile"  # and every amount that follows from it
ADD_LINK, CHANGE_LINK = "tracker.add_githublink", "tracker.change_githublink"

# Who has one of these works with what analyses say; others look at figures and titles.
WORK_WITH_TEXT = (
    CHANGE_ISSUE,
    CHANGE_ANALYSIS,
    WORK_ON_OWN_ISSUE,
    EXPORT_TEXT,
    "tracker.add_analysis",
    "tracker.view_analysisrevision",
    "tracker.view_auditevent",
    "tracker.view_fieldchange",
    "tracker.view_note",
    "tracker.view_predecessorentry",
)

DECIDE = "decide"  # about the entries of an analysis
CONFIRM_REVENUE = "confirm revenue"  # at risk by an issue
DESCRIBE = "describe"  # the title, the kind and the systems of an issue
PUSH_TO_GITHUB = "push to github"
FOLLOW_GITHUB = "follow github"  # stop following an issue there, go on, or say that what happened there was looked at
CHANGE = "change"  # any verb that has no entry here is a change of the issue: a transition, a note, a new owner
OF_ANY_ISSUE = frozenset({"sign off"})  # whoever works on issues judges what others did
# What takes more than changing one's own issues: the rights, and the sentence for who has not got all of them.
RESERVED: dict[str, tuple[tuple[str, ...], str]] = {
    "cancel": ((CANCEL_ISSUE,), gettext_noop("Only a manager cancels an issue.")),
    "lower priority": ((CHANGE_ISSUE,), gettext_noop("Only a manager makes an issue less urgent.")),
    CONFIRM_REVENUE: ((CHANGE_ISSUE,), gettext_noop("Only a manager confirms the revenue at risk.")),
    DESCRIBE: (
        (CHANGE_ISSUE,),
        gettext_noop("Only a manager changes what an issue is about: its title, its kind and its systems."),
    ),
    PUSH_TO_GITHUB: ((ADD_LINK,), gettext_noop("Only a manager pushes issues to GitHub.")),
    FOLLOW_GITHUB: ((CHANGE_LINK,), gettext_noop("Only a manager decides what is followed at GitHub.")),
    DECIDE: ((CHANGE_ANALYSIS, CHANGE_ISSUE), gettext_noop("Only a manager decides about the entries of an analysis.")),
}


def may(actor: Actor, verb: str, issue: Issue | None = None) -> str:
    """Why the person may not do it, in one sentence, or "" when they may."""
    if actor is None:
        return ""
    rights, sentence = RESERVED.get(verb, ((), ""))
    if not actor.has_perms(rights):
        return gettext(sentence)
    if actor.has_perm(CHANGE_ISSUE):
        return ""
    if not actor.has_perm(WORK_ON_OWN_ISSUE):
        return gettext("You may look at issues, and not change them.")
    return "" if issue is None or verb in OF_ANY_ISSUE or owns(issue, actor) else _of_another(issue)


def may_read(actor: Actor) -> bool:
    """Whether the person reads what analyses and people say, beyond titles and figures.

    Everybody who may see an issue does, unless EXECUTIVES_READ_ANALYSES is off: then those who work with it.
    """
    return settings.EXECUTIVES_READ_ANALYSES or actor is None or any(map(actor.has_perm, WORK_WITH_TEXT))


def _of_another(issue: Issue) -> str:
    reference, owner = issue.reference, issue.owner
    if not owner:
        return gettext(
            "You change issues of your own only, and %(reference)s is nobody's yet: ask a manager to assign it to you."
        ) % {"reference": reference}
    return gettext(
        "You change issues of your own only, and %(reference)s is %(owner)s's: ask a manager to assign it to you."
    ) % {"reference": reference, "owner": owner}


def owns(issue: Issue, actor: Actor) -> bool:
    """Whether the person's account is that of the issue's owner."""
    return bool(actor and issue.owner and issue.owner.user_id and issue.owner.user_id == actor.pk)


def is_named_person(actor: Actor) -> bool:
    """Whether it is a person who acts: neither the operator nor a service, which judges nothing."""
    return actor is not None and not getattr(actor, "is_service", False)


def is_person(owner: Owner, actor: Actor) -> bool:
    """Whether the owner is this person, by account or by e-mail address."""
    if actor and owner.user_id and owner.user_id == actor.pk:
        return True
    return bool(owner.email) and owner.email.casefold() == getattr(actor, "email", "").casefold()


def changes_seen_by(viewer: Actor, changes: QuerySet[FieldChange]) -> QuerySet[FieldChange]:
    """Without changes of an amount, unless the person may see the revenue."""
    if viewer is None or viewer.has_perm(SEE_REVENUE):
        return changes
    return changes.exclude(field="revenue_at_risk")

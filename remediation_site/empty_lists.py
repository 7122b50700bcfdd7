"""What an empty list of the admin says: how the first row comes into it, and what somebody can do for that."""

from django.db.models.options import Options
from django.utils.translation import gettext, gettext_lazy

# Lists with a word of their own (issues, analyses, alerts …) have it in their templates.
HOW_THEY_BEGIN = {
    "alerts.channel": gettext_lazy(
        "Nobody is told of anything. Add a channel, such as e-mail, and send a test message by it."
    ),
    "auth.group": gettext_lazy("No groups yet. Add one, and choose what its people may do."),
    "axes.accessattempt": gettext_lazy(
        "Nobody has failed to sign in. Whoever is made to wait stands here and can be let in."
    ),
    "dashboard.downtime": gettext_lazy(
        "No downtime is entered. Add the times in which the site was down: what they cost follows from the revenue."
    ),
    "dashboard.metricsnapshot": gettext_lazy(
        "No figures are kept yet. Workers keep those of each day: start them with “python manage.py up”."
    ),
    "dashboard.protectionentry": gettext_lazy(
        "No revenue is protected yet. It is counted when a fix is validated and a revenue profile is entered."
    ),
    "dashboard.reportsubscription": gettext_lazy("Nobody gets reports by mail yet. Add who gets them, and how often."),
    "dashboard.stake": gettext_lazy(
        "Nothing is at stake yet. It is counted when issues are tracked and a revenue profile is entered."
    ),
    "dashboard.storedreport": gettext_lazy(
        "No report is kept yet. Workers keep one when a period ends; “python manage.py report --save” keeps one now."
    ),
    "django_q.failure": gettext_lazy("No task has failed."),
    "django_q.ormq": gettext_lazy("No task waits for a worker."),
    "django_q.schedule": gettext_lazy("Nothing is scheduled: start the workers with “python manage.py up”."),
    "django_q.success": gettext_lazy("No task was done yet: start the workers with “python manage.py up”."),
    "remediation_site.apitoken": gettext_lazy(
        "No tokens yet. A program that asks the API needs one: add it, and choose what it may do."
    ),
    "remediation_site.externalidentity": gettext_lazy(
        "No account is connected with single sign-on. Add the name that the provider gives somebody, and their account."
    ),
    "remediation_site.secondfactor": gettext_lazy(
        "Nobody has a second factor. People set one up for themselves: “Two-factor login”, at the top of each page."
    ),
    "tracker.auditevent": gettext_lazy("Nothing was changed yet. Every change leaves a row here."),
    "tracker.fieldchange": gettext_lazy(
        "Nothing was changed yet. Each new owner, deadline or priority of an issue leaves a row here."
    ),
    "tracker.githubrepository": gettext_lazy(
        "No repository is connected. An administrator adds one with its token; issues are then pushed from their pages."
    ),
    "tracker.note": gettext_lazy("No notes yet. They are written on the page of an issue."),
    "tracker.owner": gettext_lazy(
        "No owners yet. Add the people who do the work and those to whom it is escalated, each with their account."
    ),
    "tracker.predecessorentry": gettext_lazy(
        "Nothing was taken over from a predecessor. “python manage.py import_legacy” does that."
    ),
    "tracker.preventionmeasure": gettext_lazy(
        "No measures yet. They are added on the page of an issue: what keeps its incident from coming back."
    ),
    "tracker.recurrence": gettext_lazy(
        "Nothing came back. An analysis that looks like the return of an earlier one stands here, to be decided."
    ),
    "tracker.revenueprofile": gettext_lazy(
        "No revenue is entered, so no page has amounts. Add what is earned a month: what is at risk follows from it."
    ),
    "tracker.seal": gettext_lazy("Nothing is sealed yet. Workers seal: start them with “python manage.py up”."),
    "tracker.statuschange": gettext_lazy(
        "No steps yet. Each step of an issue from status to status leaves a row here."
    ),
    "tracker.system": gettext_lazy(
        "No systems yet. Add the parts of the product, with the words by which analyses name them."
    ),
    "tracker.validationrun": gettext_lazy(
        "Nothing was validated yet. “Run the checks” on the page of an issue does it; or CI reports results."
    ),
}


def how_it_begins(opts: Options) -> str:
    """The sentence for the list of a model, a general one where it has none."""
    return str(HOW_THEY_BEGIN.get(opts.label_lower) or gettext("Nothing here yet."))

"""What the audit learns from the site: in which request or task a change happens, and who signs in and out.

Accounts, groups and their rights are written by Django and by what is added to it (its admin, its commands, single
sign-on), not by functions of this project: what they write is seen by Django's own signals, whoever writes it.
"""

from collections.abc import Callable, Collection

from django.contrib.auth import get_user_model, signals
from django.contrib.auth.models import AbstractBaseUser, Group
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from remediation_site.logs import REQUEST
from remediation_site.signin.addresses import forwarded
from tracker import audit
from tracker.choices import AuditVerb, Door

LONGEST_ADDRESS = 45
LONGEST_NAME = 150
NOT_A_CHANGE = frozenset({"last_login"})  # the sign-in has a row of its own
MEMBERS = "members"


def surroundings(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let each change that a request makes carry the id of the request and the address that it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        known = {"request_id": REQUEST.get() or "", "address": address_of(request), "actor": lambda: request.user}
        with audit.within(door=Door.ADMIN, **known):
            return get_response(request)

    return middleware


def address_of(request: HttpRequest) -> str:
    """The whole address of who asks: as remediation_site.signin.addresses finds it, which counts networks."""
    return (forwarded(request) or request.META.get("REMOTE_ADDR", ""))[:LONGEST_ADDRESS]


def task_begins(task: dict, **_signal: object) -> None:
    """Let changes that follow belong to this task. Receives django-q2's pre_execute."""
    audit.SURROUNDINGS.set(audit.Surroundings(via=f"task {task.get('id', '')}", door=Door.TASK))


def task_ended(**_signal: object) -> None:
    """Let changes that follow belong to no task. Receives django-q2's post_execute_in_worker."""
    audit.SURROUNDINGS.set(audit.Surroundings(door=Door.TASK))


# -- who signs in -----------------------------------------------------------------------------------------------------


def signed_in(user: AbstractBaseUser, **_signal: object) -> None:
    """Receives Django's user_logged_in."""
    _record(AuditVerb.SIGN_IN, user, actor=user)


def signed_out(user: AbstractBaseUser | None, **_signal: object) -> None:
    """Receives Django's user_logged_out; without a user nobody was signed in."""
    if user is not None:
        _record(AuditVerb.SIGN_OUT, user, actor=user)


def sign_in_failed(credentials: dict, **_signal: object) -> None:
    """Receives Django's user_login_failed, with what was written as the name. The account need not exist."""
    name = str(credentials.get("username") or "")[:LONGEST_NAME]
    _record(
        AuditVerb.SIGN_IN_FAILED, audit.Target(get_user_model()._meta.label_lower, "", name or gettext("(no name)"))
    )


# -- accounts, groups and their rights --------------------------------------------------------------------------------


def before_saving(
    instance: Model, raw: bool = False, update_fields: Collection[str] | None = None, **_signal: object
) -> None:
    """Remember what a row was. Receives pre_save."""
    if raw or instance._state.adding or NOT_A_CHANGE.issuperset(update_fields or ("everything",)):
        instance.was = None
        return
    stored = type(instance)._base_manager.filter(pk=instance.pk).first()
    instance.was = stored and _columns(stored)


def saved(instance: Model, created: bool, raw: bool = False, **_signal: object) -> None:
    """Write what was added or changed. Receives post_save."""
    was = getattr(instance, "was", None)
    if created and not raw:
        _record(AuditVerb.ADD, instance, changes=audit.differences({}, _columns(instance)))
    elif was and (changes := audit.differences(was, _columns(instance))):
        _record(AuditVerb.CHANGE, instance, changes=changes)


def before_deleting(instance: Model, **_signal: object) -> None:
    """Write what is deleted. Receives pre_delete."""
    _record(AuditVerb.DELETE, instance, changes=audit.differences(_columns(instance), {}))


def rights_changed(
    sender: type[Model], instance: Model, action: str, model: type[Model], pk_set: set | None, **_signal: object
) -> None:
    """Write which groups or rights somebody was given or lost. Receives m2m_changed."""
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    own = _joined_by(type(instance), sender)
    which = _of(instance, model, sender) if pk_set is None else {"pk__in": pk_set}
    if names := sorted(map(str, model.objects.filter(**which))):
        changes = {own or MEMBERS: (None, names) if action == "post_add" else (names, None)}
        _record(AuditVerb.CHANGE, instance, changes=changes)


def _joined_by(model: type[Model], through: type[Model]) -> str:
    """The name of the column of the model that the table joins, "" when it is another model's."""
    return next((field.name for field in model._meta.many_to_many if field.remote_field.through is through), "")


def _of(instance: Model, model: type[Model], through: type[Model]) -> dict[str, Model]:
    """The filter for the rows of the model that the table joins with this one."""
    own = _joined_by(type(instance), through)
    name = type(instance)._meta.get_field(own).related_query_name() if own else _joined_by(model, through)
    return {name: instance}


def _columns(row: Model) -> audit.Columns:
    return {name: value for name, value in audit.columns(row).items() if name not in NOT_A_CHANGE}


def _record(
    verb: AuditVerb,
    target: Model | audit.Target,
    *,
    actor: AbstractBaseUser | None = None,
    changes: audit.Changes | None = None,
) -> None:
    around = audit.SURROUNDINGS.get()
    hand = {"actor": actor or around.actor(), "door": around.door, "now": timezone.now()}
    audit.record(verb, target, changes=changes, **hand)


def connect() -> None:
    """Watch accounts, groups and sign-ins. Called once, when all apps are loaded."""
    signals.user_logged_in.connect(signed_in, dispatch_uid="audit_signed_in")
    signals.user_logged_out.connect(signed_out, dispatch_uid="audit_signed_out")
    signals.user_login_failed.connect(sign_in_failed, dispatch_uid="audit_sign_in_failed")
    for model in (get_user_model(), Group):
        name = model._meta.label_lower
        pre_save.connect(before_saving, sender=model, dispatch_uid=f"audit_before_saving_{name}")
        post_save.connect(saved, sender=model, dispatch_uid=f"audit_saved_{name}")
        pre_delete.connect(before_deleting, sender=model, dispatch_uid=f"audit_before_deleting_{name}")
        for field in model._meta.many_to_many:
            through = field.remote_field.through
            m2m_changed.connect(rights_changed, sender=through, dispatch_uid=f"audit_rights_{name}_{field.name}")

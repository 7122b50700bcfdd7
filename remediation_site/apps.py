"""The project as a Django app: what joins the others once all of them are loaded."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy


class RemediationSiteConfig(AppConfig):
    name = "remediation_site"
    verbose_name = gettext_lazy("Remediation site")

    def ready(self) -> None:
        """Join what only exists once all apps are loaded: system checks, and who hears signals."""
        from django.contrib.auth.signals import user_logged_in
        from django.core import checks
        from django_q.signals import post_execute_in_worker, pre_enqueue, pre_execute

        from remediation_site import auditing, error_reports, logs
        from remediation_site.broker import mark_begun
        from remediation_site.checks import settings_that_cannot_work
        from remediation_site.signin import sessions

        auditing.connect()
        error_reports.begin()
        checks.register(settings_that_cannot_work)
        user_logged_in.connect(sessions.begin, dispatch_uid="session_begins")
        pre_execute.connect(mark_begun, dispatch_uid="mark_begun")
        pre_enqueue.connect(logs.task_is_queued, dispatch_uid="task_is_queued")
        pre_execute.connect(logs.task_begins, dispatch_uid="task_begins")
        pre_execute.connect(auditing.task_begins, dispatch_uid="audit_task_begins")
        post_execute_in_worker.connect(auditing.task_ended, dispatch_uid="audit_task_ended")
        post_execute_in_worker.connect(logs.task_ended, dispatch_uid="task_ended")


class RemediationAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with this project's site: navigation by task and a start page."""

    default = False
    default_site = "remediation_site.admin_site.RemediationAdminSite"

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class RemediationSiteConfig(AppConfig):
    name = "remediation_site"
    verbose_name = "Remediation site"

    def ready(self) -> None:
        """Join what only exists once all apps are loaded: the system checks and the queue's signal."""
        from django.core import checks
        from django_q.signals import pre_execute

        from remediation_site.broker import mark_begun
        from remediation_site.checks import settings_that_cannot_work

        checks.register(settings_that_cannot_work)
        pre_execute.connect(mark_begun, dispatch_uid="mark_begun")


class RemediationAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with this project's site: navigation by task and a start page."""

    default = False
    default_site = "remediation_site.admin_site.RemediationAdminSite"

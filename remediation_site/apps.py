from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class RemediationSiteConfig(AppConfig):
    name = "remediation_site"
    verbose_name = "Remediation site"


class RemediationAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with this project's site: navigation by task and a start page."""

    default = False
    default_site = "remediation_site.admin_site.RemediationAdminSite"

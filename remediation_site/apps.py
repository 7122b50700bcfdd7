from django.apps import AppConfig


class RemediationSiteConfig(AppConfig):
    name = "remediation_site"
    verbose_name = "Remediation site"

"""Where each part of the site answers."""

from django.contrib import admin
from django.urls import include, path

from remediation_site import prometheus

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("remediation_site.api.v1")),
    path("alerts/", include("alerts.urls")),
    path("calendar/", include("remediation_site.calendar_feed.urls")),
    path("help/", include("remediation_site.help.urls")),
    path("login/", include("remediation_site.signin.urls")),
    path("github/", include("tracker.urls")),
    path("metrics", prometheus.metrics, name="metrics"),
    path("", include("dashboard.urls")),
]

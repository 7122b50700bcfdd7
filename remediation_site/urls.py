"""Where each part of the site answers."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("alerts/", include("alerts.urls")),
    path("", include("dashboard.urls")),
]

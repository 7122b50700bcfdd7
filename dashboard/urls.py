"""The dashboard at the root of the site. As in the admin, who is not logged in is asked to."""

from django.contrib import admin
from django.urls import path

from dashboard import exports, views
from dashboard.layout import PAGES

guarded = admin.site.admin_view

app_name = "dashboard"
urlpatterns = [
    path("", guarded(views.overview), name="overview"),
    *(path(f"{page.key}/", guarded(views.page), {"key": page.key}, name=page.key) for page in PAGES[1:]),
    path("charts/<slug:key>/", guarded(views.chart_data), name="charts"),
    path("charts/<slug:key>/<slug:series>.csv", guarded(views.series_csv), name="csv"),
    *(
        path(f"exports/{export.name}.{form}", guarded(exports.download), {"export": export, "form": form}, name=name)
        for export in exports.EXPORTS
        for form, name in export.url_names()
    ),
    path("rows/<str:figure>/", guarded(views.rows), name="rows"),
    path("formulas/", guarded(views.formulas), name="formulas"),
]

"""Help for everybody who can log in."""

from django.contrib import admin
from django.urls import path

from remediation_site.help import views

guarded = admin.site.admin_view

app_name = "help"
urlpatterns = [
    path("", guarded(views.index), name="index"),
    path("<path:name>/", guarded(views.document), name="document"),
]

"""Where people sign in beside the admin's own page."""

from django.contrib import admin
from django.urls import path

from remediation_site.signin import single_sign_on, views, zone

app_name = "signin"
urlpatterns = [
    path("code/", views.code, name="code"),
    path("second-factor/", admin.site.admin_view(views.set_up), name="second_factor"),
    path("time-zone/", admin.site.admin_view(zone.choose), name="zone"),
    path("sso/", single_sign_on.start, name="sso"),
    path("sso/callback/", single_sign_on.callback, name="sso_callback"),
]

"""Where calendars answer."""

from django.contrib import admin
from django.urls import path

from remediation_site.calendar_feed import views

app_name = "calendar"
urlpatterns = [
    path("", admin.site.admin_view(views.mine), name="mine"),
    path("<str:secret>.ics", views.feed, name="feed"),
]

"""Where alerts answer outside the admin."""

from django.contrib import admin
from django.urls import path

from alerts import views

app_name = "alerts"
urlpatterns = [
    path("acknowledge/<str:token>/", views.acknowledge, name="acknowledge"),
    path("health/", admin.site.admin_view(views.health), name="health"),
    path("slack/actions", views.slack_actions, name="slack_actions"),
]

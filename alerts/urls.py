"""Where alerts answer outside the admin."""

from django.urls import path

from alerts import views

app_name = "alerts"
urlpatterns = [
    path("acknowledge/<str:token>/", views.acknowledge, name="acknowledge"),
    path("slack/actions", views.slack_actions, name="slack_actions"),
]

"""Where the tracker answers outside of the admin."""

from django.urls import path

from tracker.views import github

app_name = "tracker"
urlpatterns = [path("<int:repository_id>/webhook", github.webhook, name="github_webhook")]

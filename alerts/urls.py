"""Where alerts answer outside the admin."""

from django.urls import path

from alerts import views

app_name = "alerts"
urlpatterns = [
    path("acknowledge/<str:token>/", views.acknowledge, name="acknowledge"),
]

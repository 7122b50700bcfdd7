"""The addresses of the site, and one that answers with nothing: what a request costs before anything is done."""

from django.http import HttpResponse
from django.urls import path

from remediation_site.urls import urlpatterns as of_site

BARE = "/bare/"
urlpatterns = [path("bare/", lambda request: HttpResponse(f"{request.user.pk}")), *of_site]

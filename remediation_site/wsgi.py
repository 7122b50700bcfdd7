"""The WSGI application that gunicorn serves; it refuses settings that cannot work, in sentences."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from remediation_site import checks
from remediation_site.frames import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remediation_site.settings")

APP_LOAD_ERROR = 4  # gunicorn stops at this exit code of a worker instead of starting it again and again

try:
    refusals = checks.sentences()
except ImproperlyConfigured as refused:
    refusals = [f"The settings cannot be used. {refused}"]
if refusals:
    sys.stderr.write("".join(f"{sentence}\n" for sentence in refusals))
    sys.exit(APP_LOAD_ERROR)

application = with_room(get_wsgi_application())

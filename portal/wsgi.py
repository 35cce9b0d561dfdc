"""The same portal for a WSGI server, without the kept pages. A proxy must buffer bodies in memory."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

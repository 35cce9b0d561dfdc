"""The web application: body limit, then kept pages, then Django.

ASGI, because a server that gives each slow upload a thread of its own is stopped by fifty of them.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
_django = get_asgi_application()

from django.conf import settings  # noqa: E402  (settings exist only now)

from portal.bodylimit import BodyLimit  # noqa: E402
from portal.pagecache import PageCache  # noqa: E402

application = PageCache(BodyLimit(_django, settings.BODY_LIMIT))  # type: ignore[arg-type]

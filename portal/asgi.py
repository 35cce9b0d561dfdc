"""The web application: body limit, then kept pages, then Django.

ASGI, because a server that gives each slow upload a thread of its own is stopped by fifty of them.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
_django = get_asgi_application()

from portal.bodylimit import BodyLimit, limit_at  # noqa: E402  (settings exist only now)
from portal.pagecache import PageCache  # noqa: E402

application = PageCache(BodyLimit(_django, limit_at))  # type: ignore[arg-type]

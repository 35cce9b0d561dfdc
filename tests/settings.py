"""The portal's settings as tests want them: a data folder of their own, quick hashing, plain static files."""

import os
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "var" / "test"
os.environ.setdefault("DATA_DIR", str(_FOLDER))
os.environ.setdefault("VAULT_TEST_KDF", "fast")
os.environ.setdefault("PLAIN_STATIC", "1")
os.environ.setdefault("TRIAL", "0")

from portal.settings import *  # noqa: E402,F403

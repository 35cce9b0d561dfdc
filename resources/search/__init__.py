"""Search that forgives: typing errors, accents, word forms, street words and Spanish, in our own database."""

from resources.search.find import MOST_FOUND, Found, find, forget, rank
from resources.search.index import index, index_all, refresh

__all__ = ["MOST_FOUND", "Found", "find", "forget", "index", "index_all", "rank", "refresh"]

"""What staff do with the public content: edit every text, check services, publish what has a source."""

from resources.admin import checking, directory, history, laws, suggestions, texts

__all__ = ["checking", "directory", "history", "laws", "suggestions", "texts"]

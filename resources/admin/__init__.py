"""What staff do with the public content: edit every text, check services, publish what has a source."""

from resources.admin import addresses, checking, directory, history, laws, suggestions, texts

__all__ = ["addresses", "checking", "directory", "history", "laws", "suggestions", "texts"]

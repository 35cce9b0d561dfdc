"""What search knows of words: what people type for what, and which words stand where."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from resources.models.directory import Service
from resources.models.facts import Loaded


class Synonym(Loaded):
    """A word people type, and the words of the directory it stands for (street words, brands, Spanish)."""

    term = models.CharField(max_length=60, unique=True, help_text=_("Small letters, without accents."))
    means = models.CharField(max_length=160, help_text=_("One or more words of the directory."))

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return f"{self.term} → {self.means}"


class SearchWord(models.Model):
    """A word that stands in a listed service, folded as `resources.search.fold` does."""

    word = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word


class SearchEntry(models.Model):
    """That a word stands in what the public reads of a service, and how much it weighs there.

    Written by `resources.search`, from redacted rows alone.
    """

    word = models.ForeignKey(SearchWord, on_delete=models.CASCADE, related_name="entries")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="search_entries")
    weight = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "service"], name="resources_searchentry_once")]

    def __str__(self) -> str:
        return f"{self.word_id} {self.service_id}"

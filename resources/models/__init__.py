"""What readers find: principles, tools, and the directory of help.

Three rules hold for every fact here. What has no source and no day of checking cannot be published, and
neither can what is marked "not verified": both are constraints of the database. A blank is shown as "not
known". An address leaves `directory` only redacted.
"""

from resources.models.changes import Change, Suggestion
from resources.models.checks import CHECK_CRISIS_EVERY, CHECK_EVERY, AddressCheck, FactCheck, Law, due_after
from resources.models.directory import (
    LANGUAGES,
    WEEKDAYS,
    WEEKS,
    AccessFact,
    Category,
    Location,
    LocationQuerySet,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceQuerySet,
    _known_counties,
    empty_list,
    listed_phones,
    not_reserved,
)
from resources.models.facts import Fact, How, Loaded, Mark, checked_label
from resources.models.reading import Page, Principle, Tool, ToolGroup, YearOfDeaths
from resources.models.words import SearchEntry, SearchWord, Synonym

__all__ = [
    "CHECK_CRISIS_EVERY",
    "CHECK_EVERY",
    "LANGUAGES",
    "WEEKDAYS",
    "WEEKS",
    "AccessFact",
    "AddressCheck",
    "Category",
    "Change",
    "Fact",
    "FactCheck",
    "How",
    "Law",
    "Loaded",
    "Location",
    "LocationQuerySet",
    "Mark",
    "Organization",
    "Page",
    "Phone",
    "Principle",
    "Schedule",
    "SearchEntry",
    "SearchWord",
    "Service",
    "ServiceQuerySet",
    "Suggestion",
    "Synonym",
    "Tool",
    "ToolGroup",
    "YearOfDeaths",
    # Named by the first migration.
    "_known_counties",
    "checked_label",
    "due_after",
    "empty_list",
    "listed_phones",
    "not_reserved",
]

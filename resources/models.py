"""What readers find: principles, tools, and the directory of help.

Three rules hold for every fact here. What has no source and no day of checking cannot be published, and
neither can what is marked "not verified": both are constraints of the database. A blank is shown as "not
known". An address leaves this file only through `ServiceQuerySet.listed`, which redacts it.
"""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.lib import places
from portal.lib.translated import TranslatedField

CHECK_EVERY = datetime.timedelta(days=90)
CHECK_CRISIS_EVERY = datetime.timedelta(days=30)

# Languages spoken at a place, as ISO 639 codes. Not the languages of the site.
LANGUAGES = {
    "en": _("English"),
    "es": _("Spanish"),
    "ar": _("Arabic"),
    "ase": _("American Sign Language"),
}


class Mark(models.TextChoices):
    """How well a fact is known; the words of the content files."""

    SEEN = "seen", _("Read at its source")
    KNOWN = "known", _("Generally known, no source opened")
    UNVERIFIED = "unverified", _("Not verified: may not be published")


class How(models.TextChoices):
    """How a fact was checked."""

    STORED_COPY = "stored_copy", _("Read in a stored copy")
    GENERAL = "general", _("Generally known")
    CALLED = "called", _("Called")
    SITE = "site", _("Read on its own website")
    PARTNER = "partner", _("Told by the organization")


class Fact(models.TextChoices):
    """The facts of a service that are checked one by one."""

    PHONE = "phone", _("Phone")
    HOURS = "hours", _("Hours")
    ADDRESS = "address", _("Address")
    ELIGIBILITY = "eligibility", _("Who it is for")


def _publishable(prefix: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(is_published=False)
        | (~Q(source="") & Q(checked_on__isnull=False) & ~Q(mark=Mark.UNVERIFIED)),
        name=f"resources_{prefix}_published_has_source",
        violation_error_message=_(
            "To publish this, give its source and the day it was checked. "
            "What is not verified stays unpublished."
        ),
    )


class Loaded(models.Model):
    """A row that was first read from a content file.

    loaded_hash: digest of the row as the file last wrote it; another digest means that staff changed it.
    """

    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True


class Page(Loaded):
    """A text that stands on a reading page, edited by staff in Markdown."""

    slug = models.SlugField(max_length=60, unique=True)
    title = TranslatedField(rows=1)
    body = TranslatedField(rows=14, help_text=_("Markdown. Leave an empty line between paragraphs."))

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.title)


class Principle(Loaded):
    """One of the eight principles of harm reduction.

    meaning: the faithful meaning of the source. body: the plain explanation.
    """

    number = models.PositiveSmallIntegerField(unique=True)
    slug = models.SlugField(max_length=60, unique=True, help_text=_("Printed in QR codes: never changed."))
    title = TranslatedField(rows=1)
    meaning = TranslatedField(rows=4)
    body = TranslatedField(rows=8)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("resources:principle", args=[self.slug])


class Category(Loaded):
    """A topic of the directory, on two levels: a topic without parent, and the topics below it."""

    slug = models.SlugField(max_length=60, unique=True)
    name = TranslatedField(rows=1)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "slug"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return str(self.name)

    def clean(self) -> None:
        """Raise ValidationError for a third level."""
        if self.parent and (self.parent.parent_id or self.parent_id == self.pk):
            raise ValidationError({"parent": _("Choose a topic of the first level.")})


class ToolGroup(Loaded):
    """A group of harm-reduction tools."""

    slug = models.SlugField(max_length=60, unique=True)
    name = TranslatedField(rows=1)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return str(self.name)


class Tool(Loaded):
    """One harm-reduction tool, and whether people in Tennessee can have it."""

    class Availability(models.TextChoices):
        AVAILABLE = "available", _("In Tennessee")
        NOT_AVAILABLE = "not_available", _("Not in Tennessee")
        UNCLEAR = "unclear", _("Not clear in Tennessee")

    slug = models.SlugField(max_length=60, unique=True)
    group = models.ForeignKey(ToolGroup, on_delete=models.PROTECT, related_name="tools")
    name = TranslatedField(rows=1)
    tennessee_note = TranslatedField(blank=True, rows=4, help_text=_("Markdown."))
    availability = models.CharField(max_length=20, choices=Availability, default=Availability.UNCLEAR)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text=_("Where to look in the directory."),
    )  # fmt: skip
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    source = models.TextField(blank=True)
    checked_on = models.DateField(null=True, blank=True)
    is_published = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["group", "order", "slug"]
        constraints = [_publishable("tool")]

    def __str__(self) -> str:
        return str(self.name)


class YearOfDeaths(Loaded):
    """How many people died of an overdose in Tennessee in one year, as one source counted.

    Never drawn as a trend: the sources differ (tennessee-resources b.6 to b.9).
    """

    year = models.PositiveSmallIntegerField(unique=True)
    deaths = models.PositiveIntegerField(null=True, blank=True)
    note = TranslatedField(blank=True, rows=1)
    is_provisional = models.BooleanField(default=False)
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    source = models.TextField(blank=True)
    checked_on = models.DateField(null=True, blank=True)
    is_published = models.BooleanField(default=False)

    class Meta:
        ordering = ["year"]
        verbose_name_plural = _("years of deaths")
        constraints = [
            _publishable("yearofdeaths"),
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(deaths__isnull=False),
                name="resources_yearofdeaths_published_has_number",
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)


class Organization(Loaded):
    """Who runs a service. The name is a proper name and is not translated."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    short_name = models.CharField(max_length=40, blank=True)
    url = models.URLField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServiceQuerySet(models.QuerySet["Service"]):
    """The directory, read the way the public may read it."""

    def listed(self) -> ServiceQuerySet:
        """Services the public may see, in reading order, with redacted addresses.

        `shown_street`, `shown_city` and `shown_postal_code` hold what a page may print: nothing of a place
        that is reached by phone only, the city of one that asks for that. The address itself is not loaded.
        """
        return (
            self.filter(is_published=True)  # type: ignore[no-redef]  # declared on Service for its readers
            .exclude(visibility=Service.Visibility.HIDDEN)
            .annotate(
                shown_street=_shown("street", Service.Visibility.PUBLIC),
                shown_postal_code=_shown("postal_code", Service.Visibility.PUBLIC),
                shown_city=_shown("city", Service.Visibility.PUBLIC, Service.Visibility.CITY_ONLY),
            )
            .defer("street", "postal_code", "city")
            .select_related("organization")
            .prefetch_related(
                models.Prefetch("phones", Phone.objects.filter(is_published=True), to_attr="listed_phones"),
                "categories",
            )
            .order_by("order", "slug")
        )

    def serving(self, county: places.County) -> ServiceQuerySet:
        """Services for people of `county`: those of the whole state or nation, its own, and unclear areas."""
        return self.annotate(counties_text=Cast("counties", models.TextField())).filter(
            ~Q(reach=Service.Reach.COUNTIES) | Q(counties_text__contains=f'"{county.slug}"')
        )

    def about(self, category: Category) -> ServiceQuerySet:
        """Services on a topic, or on one of the topics below it."""
        topic = Q(categories=category) | Q(categories__parent=category)
        return self.filter(pk__in=Service.objects.filter(topic).values("pk"))

    def crisis(self) -> ServiceQuerySet:
        """The services of the crisis panel in its order (tennessee-resources c)."""
        return self.filter(crisis_order__isnull=False).order_by("crisis_order", "slug")


def _shown(field: str, *levels: str) -> Case:
    return Case(
        When(visibility__in=levels, then=F(field)), default=Value(""), output_field=models.CharField()
    )


def empty_list() -> list[str]:
    """Return a new list, as the start value of a JSON column."""
    return []


def _known_counties(slugs: list[str]) -> None:
    if not isinstance(slugs, list) or any(places.county(slug) is None for slug in slugs):
        raise ValidationError(_("Choose counties of the list."))


def not_reserved(slug: str) -> None:
    """Raise ValidationError for a slug that other addresses below /resources/ need."""
    if slug in {"print", "county", "hsds", "export"}:
        raise ValidationError(_("The site itself uses this word. Choose another."))


class Service(Loaded):
    """One place, line or page where people find help.

    street, city, postal_code: for staff; the public reads what `ServiceQuerySet.listed` redacts.
    counties: slugs, only when `reach` is COUNTIES. crisis_order: place in the crisis panel, empty for none.
    order: place in lists, small first. last_known: the last year in which it was described as current.
    """

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Address is public")
        CITY_ONLY = "city_only", _("Only the city is public")
        PHONE_ONLY = "phone_only", _("Only phone and website are public")
        HIDDEN = "hidden", _("Not shown at all")

    class Reach(models.TextChoices):
        NATION = "nation", _("Everywhere in the United States")
        STATE = "state", _("All of Tennessee")
        COUNTIES = "counties", _("Some counties")
        UNCLEAR = "unclear", _("Part of Tennessee; which counties is not known")

    class Known(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_KNOWN = "not_known", _("Not known")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(
        max_length=60,
        unique=True,
        validators=[not_reserved],
        help_text=_("Printed in QR codes: never changed."),
    )
    name = TranslatedField(rows=1)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="services")
    categories = models.ManyToManyField(Category, related_name="services")
    summary = TranslatedField(rows=2, help_text=_("One or two sentences for lists."))
    details = TranslatedField(blank=True, rows=8, help_text=_("Markdown."))
    caution = TranslatedField(
        blank=True, rows=2, help_text=_("What a person must know before they rely on it.")
    )
    url = models.URLField(max_length=300, blank=True)
    url_is_direct = models.BooleanField(
        default=True, help_text=_("Off: the address is a page from which the thing can be found.")
    )
    email = models.EmailField(blank=True)
    always_open = models.BooleanField(default=False)
    hours = TranslatedField(blank=True, rows=2)
    languages = models.JSONField(
        default=empty_list, blank=True, help_text=_('Spoken on site, such as ["en", "es"]. Empty: not known.')
    )
    has_interpreter = models.CharField(max_length=10, choices=Known, default=Known.NOT_KNOWN)
    visibility = models.CharField(max_length=12, choices=Visibility, default=Visibility.PUBLIC)
    street = models.CharField(max_length=160, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    reach = models.CharField(max_length=10, choices=Reach, default=Reach.STATE)
    counties = models.JSONField(default=empty_list, blank=True, validators=[_known_counties])
    area = TranslatedField(blank=True, rows=1, help_text=_("The area in words, such as Chattanooga."))
    cost = TranslatedField(blank=True, rows=1)
    eligibility = TranslatedField(blank=True, rows=2)
    bring = TranslatedField(blank=True, rows=2)
    crisis_order = models.PositiveSmallIntegerField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=500)
    is_published = models.BooleanField(default=False)
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    source = models.TextField(blank=True)
    last_known = models.CharField(max_length=20, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    checked_how = models.CharField(max_length=12, choices=How, blank=True)
    staff_note = models.TextField(blank=True, help_text=_("Never shown to the public."))

    objects = ServiceQuerySet.as_manager()

    if TYPE_CHECKING:
        shown_street: str
        shown_city: str
        shown_postal_code: str
        listed_phones: list[Phone]

    class Meta:
        ordering = ["order", "slug"]
        constraints = [
            _publishable("service"),
            models.CheckConstraint(
                condition=Q(reach="counties") | Q(counties=Value([], models.JSONField())),
                name="resources_service_counties_have_reach",
                violation_error_message=_("Counties are listed only for a service of some counties."),
            ),
        ]
        indexes = [models.Index(fields=["is_published", "order", "slug"], name="resources_service_listed")]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("resources:service", args=[self.slug])

    def clean(self) -> None:
        """Raise ValidationError when a service of some counties names none."""
        if self.reach == self.Reach.COUNTIES and not self.counties:
            raise ValidationError({"counties": _("Choose at least one county, or another reach.")})

    @property
    def served_counties(self) -> list[places.County]:
        """The counties it serves, empty when it is not bound to some."""
        return [county for county in map(places.county, self.counties) if county]

    @property
    def languages_label(self) -> str:
        """The languages spoken on site in the page's language, empty when not known."""
        return ", ".join(str(LANGUAGES.get(code, code)) for code in self.languages)

    @property
    def is_staffed(self) -> bool:
        """Whether people answer there, so that hours and cost mean something. Needs a listed row."""
        return bool(
            self.listed_phones or self.shown_city or self.eligibility or self.reach == self.Reach.COUNTIES
        )

    @property
    def checked_label(self) -> str:
        """One honest sentence on how and when this was checked, for readers."""
        return checked_label(self.checked_how, self.checked_on, has_phone=bool(self.listed_phones))


def checked_label(how: str, on: datetime.date | None, *, has_phone: bool) -> str:
    """Return one honest sentence for readers on how and when a fact was checked.

    how: a value of How, or empty. on: the day, or None. has_phone: whether a number could be test-called.
    """
    if on is None:
        return gettext("Not checked yet.")
    day = {"day": date_format(on, "DATE_FORMAT")}
    if how == How.CALLED:
        return gettext("Checked by phone on %(day)s.") % day
    if how == How.SITE:
        return gettext("Read on its own website on %(day)s.") % day
    if how == How.PARTNER:
        return gettext("Confirmed by the organization on %(day)s.") % day
    if how == How.GENERAL:
        start = gettext("Generally known; we have not opened a source as of %(day)s") % day
    else:
        start = gettext("Read in a stored copy on %(day)s") % day
    end = gettext("not yet test-called") if has_phone else gettext("not yet confirmed by us")
    return f"{start}; {end}."


class Phone(models.Model):
    """One number of a service.

    number: as people read it, such as 855-274-7471. dial: digits for `tel:` and `sms:`, such as 8552747471.
    keyword: what to text. press: what to press, or say, after the call is answered.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="phones")
    order = models.PositiveSmallIntegerField(default=0)
    label = TranslatedField(blank=True, rows=1)
    number = models.CharField(max_length=40)
    dial = models.CharField(max_length=20)
    takes_calls = models.BooleanField(default=True)
    takes_texts = models.BooleanField(default=False)
    keyword = models.CharField(max_length=40, blank=True)
    press = TranslatedField(blank=True, rows=1)
    languages = models.JSONField(default=empty_list, blank=True)
    hours = TranslatedField(blank=True, rows=1)
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    is_published = models.BooleanField(default=False)

    class Meta:
        ordering = ["service", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_published=False) | (~Q(mark=Mark.UNVERIFIED) & ~Q(number="") & ~Q(dial="")),
                name="resources_phone_published_is_verified",
                violation_error_message=_("A number that is not verified stays unpublished."),
            ),
            models.UniqueConstraint(fields=["service", "dial", "order"], name="resources_phone_once"),
        ]

    def __str__(self) -> str:
        return self.number


class AccessFact(models.Model):
    """Whether a place has one thing of a fixed list. A thing without a row is not known."""

    class Kind(models.TextChoices):
        STEP_FREE = "step_free", _("Step-free entrance")
        RESTROOM = "restroom", _("Accessible restroom")
        TRANSIT = "transit", _("Bus stop close by")
        ASL = "asl", _("American Sign Language")
        WALK_IN = "walk_in", _("Walk in without an appointment")
        NO_ID = "no_id", _("No ID needed")
        NO_NAME = "no_name", _("No name needed")
        MINORS = "minors", _("Open to people under 18")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="access_facts")
    kind = models.CharField(max_length=12, choices=Kind)
    answer = models.CharField(max_length=10, choices=Service.Known, default=Service.Known.NOT_KNOWN)

    class Meta:
        ordering = ["service", "kind"]
        constraints = [models.UniqueConstraint(fields=["service", "kind"], name="resources_accessfact_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_answer_display()}"


class Synonym(Loaded):
    """A word people type, and the words of the directory it stands for (street words, brands, Spanish)."""

    term = models.CharField(max_length=60, unique=True, help_text=_("Small letters, without accents."))
    means = models.CharField(max_length=160, help_text=_("One or more words of the directory."))

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return f"{self.term} → {self.means}"


class FactCheck(models.Model):
    """When and how one fact of a service was last checked, and when it is due again.

    checked_by is empty for what was read from the content files.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="fact_checks")
    fact = models.CharField(max_length=12, choices=Fact)
    checked_on = models.DateField()
    how = models.CharField(max_length=12, choices=How)
    next_due = models.DateField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["next_due", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["service", "fact"], name="resources_factcheck_once"),
            models.CheckConstraint(
                condition=Q(next_due__gte=F("checked_on")), name="resources_factcheck_due_after_check"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.fact}"


class Suggestion(models.Model):
    """What a reader told us about a listing, without account, name or e-mail.

    received_on is a day, not a moment, so that it cannot be laid beside other records.
    """

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="suggestions"
    )
    fact = models.CharField(max_length=12, choices=Fact, blank=True)
    words = models.TextField(max_length=2000)
    received_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    reason = models.TextField(blank=True, help_text=_("Why it was accepted or declined."))

    class Meta:
        ordering = ["status", "received_on", "pk"]

    def __str__(self) -> str:
        return f"{self.received_on} {self.get_status_display()}"


def due_after(service: Service, checked_on: datetime.date) -> datetime.date:
    """Return the day on which a fact of `service`, checked on `checked_on`, is due again."""
    return checked_on + (CHECK_EVERY if service.crisis_order is None else CHECK_CRISIS_EVERY)

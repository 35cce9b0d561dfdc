"""The directory: who runs what, where, for whom, and how to reach it.

An address leaves this package only through `LocationQuerySet.listed`, which redacts it; pages get it with
`ServiceQuerySet.listed`. Names of fields follow Open Referral HSDS 3.1 where it has the same thing.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib import places
from portal.lib.translated import TranslatedField, Translations

if TYPE_CHECKING:
    from resources.hours.status import Status
from resources.models.facts import How, Loaded, Mark, checked_label, publishable

# Languages spoken at a place, as ISO 639 codes. Not the languages of the site.
LANGUAGES = {
    "en": _("English"),
    "es": _("Spanish"),
    "ar": _("Arabic"),
    "ase": _("American Sign Language"),
}


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


class Organization(Loaded):
    """Who runs a service. The name is a proper name and is not translated."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    short_name = models.CharField(max_length=40, blank=True)
    description = TranslatedField(blank=True, rows=3)
    url = models.URLField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LocationQuerySet(models.QuerySet["Location"]):
    """Places, read the way the public may read them."""

    def listed(self) -> LocationQuerySet:
        """Places of which the public may know, with redacted addresses.

        `shown_street`, `shown_city`, `shown_postal_code`, `shown_county`, `shown_latitude`, `shown_longitude`
        hold what a page may print: all of a public place, the city alone of one that asks for that. The
        address itself is not loaded. This is the one place where addresses are redacted.
        """
        public, city = Location.Visibility.PUBLIC, Location.Visibility.CITY_ONLY
        return (
            self.filter(visibility__in=_KNOWN_OF)  # type: ignore[no-redef]  # declared for readers
            .annotate(
                shown_street=_shown("street", public),
                shown_postal_code=_shown("postal_code", public),
                shown_city=_shown("city", public, city),
                shown_county=_shown("county", public, city),
                shown_latitude=_shown_number("latitude", public),
                shown_longitude=_shown_number("longitude", public),
                shown_transportation=_shown_text("transportation", public),
            )
            .defer("street", "postal_code", "city", "county", "latitude", "longitude", "transportation")
            .order_by("name_for_staff", "pk")
        )


def _shown(field: str, *levels: str) -> Case:
    return Case(
        When(visibility__in=levels, then=F(field)), default=Value(""), output_field=models.CharField()
    )


def _shown_number(field: str, *levels: str) -> Case:
    return Case(When(visibility__in=levels, then=F(field)), default=None, output_field=models.FloatField())


def _shown_text(field: str, *levels: str) -> Case:
    return Case(
        When(visibility__in=levels, then=F(field)),
        default=Value(Translations(), TranslatedField()),
        output_field=TranslatedField(),
    )


def _known_county(slug: str) -> None:
    if slug and places.county(slug) is None:
        raise ValidationError("Choose a county of the list.")


class Location(Loaded):
    """A place where services are given, and how much of it the public may know.

    street, city, postal_code, county, latitude, longitude, transportation: for staff; the public reads what
    `LocationQuerySet.listed` redacts. latitude, longitude: degrees, empty when nobody measured them.
    name_for_staff: never public, since a name can tell of the place.
    """

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Address is public")
        CITY_ONLY = "city_only", _("Only the city is public")
        PHONE_ONLY = "phone_only", _("Only phone and website are public")
        HIDDEN = "hidden", "Not shown at all, nor what is only given there"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    organization = models.ForeignKey("Organization", on_delete=models.PROTECT, related_name="locations")
    name_for_staff = models.CharField(max_length=160, blank=True, help_text=_("Never shown to the public."))
    visibility = models.CharField(max_length=12, choices=Visibility, default=Visibility.PUBLIC)
    street = models.CharField(max_length=160, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    county = models.CharField(max_length=30, blank=True, validators=[_known_county])
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    transportation = TranslatedField(
        blank=True, rows=2, help_text="How to get there, such as a bus line. Public with the address."
    )

    objects = LocationQuerySet.as_manager()

    if TYPE_CHECKING:
        shown_street: str
        shown_city: str
        shown_postal_code: str
        shown_county: str
        shown_latitude: float | None
        shown_longitude: float | None
        shown_transportation: Translations

    class Meta:
        ordering = ["organization", "slug"]
        indexes = [
            # Of the hidden alone: SQLite would take an index of all values for a way to read every place.
            models.Index(
                fields=["visibility"], name="resources_location_hidden", condition=Q(visibility="hidden")
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="resources_location_whole_point",
                violation_error_message="Give both latitude and longitude in degrees, or neither.",
            )
        ]

    def __str__(self) -> str:
        return self.name_for_staff or self.slug


# Places of which the public may know.
_KNOWN_OF = (Location.Visibility.PUBLIC, Location.Visibility.CITY_ONLY)


def listed_phones() -> models.Prefetch[Any, Any, Any]:
    """Return how to read the numbers of services that the public may see, as their `listed_phones`."""
    return models.Prefetch("phones", Phone.objects.filter(is_published=True), to_attr="listed_phones")


class ServiceQuerySet(models.QuerySet["Service"]):
    """The directory, read the way the public may read it."""

    def listed(self) -> ServiceQuerySet:
        """Services the public may see, in reading order, with listed phones, places and schedules.

        Left out is what is unpublished, and what is given at hidden places alone. `has_private_place` tells
        that there is a place of which only phone and website are public.
        """
        places_of = Location.objects.filter(services=OuterRef("pk"))
        # Two lists that the database makes once. Asked service by service, a page would cost more with each.
        given_at, hidden = Service.locations.through.objects, Location.Visibility.HIDDEN
        shown = given_at.exclude(location__visibility=hidden).values("service_id")
        hidden_only = (
            given_at.filter(location__visibility=hidden).exclude(service__in=shown).values("service_id")
        )
        return (
            self.filter(is_published=True)  # type: ignore[no-redef]  # declared for readers
            .exclude(pk__in=hidden_only)
            .annotate(
                has_private_place=Exists(places_of.filter(visibility=Location.Visibility.PHONE_ONLY)),
            )
            .select_related("organization")
            .prefetch_related(
                listed_phones(),
                models.Prefetch("locations", Location.objects.listed(), to_attr="listed_places"),
                # Hours at a place that is kept private would tell that there is one.
                models.Prefetch(
                    "schedules",
                    Schedule.objects.filter(Q(location=None) | Q(location__visibility__in=_KNOWN_OF)),
                    to_attr="listed_schedules",
                ),
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


def empty_list() -> list[str]:
    """Return a new list, as the start value of a JSON column."""
    return []


def _known_counties(slugs: list[str]) -> None:
    if not isinstance(slugs, list) or any(places.county(slug) is None for slug in slugs):
        raise ValidationError(_("Choose counties of the list."))


# Words that addresses below /resources/ begin with.
RESERVED = frozenset({"print", "county", "topic", "hsds", "export", "changes", "near", "missing"})


def not_reserved(slug: str) -> None:
    """Raise ValidationError for a slug that other addresses below /resources/ need."""
    if slug in RESERVED:
        raise ValidationError(_("The site itself uses this word. Choose another."))


class Service(Loaded):
    """One place, line or page where people find help.

    locations: where it is given, none for a line or a page. counties: slugs, only when `reach` is COUNTIES.
    crisis_order: place in the crisis panel, empty for none. order: place in lists, small first.
    by_appointment: hours then tell when one may be had. last_known: the last year in which it was described
    as current. updated_at: when what the public reads was last changed.
    """

    class Reach(models.TextChoices):
        NATION = "nation", _("Everywhere in the United States")
        STATE = "state", _("All of Tennessee")
        COUNTIES = "counties", _("Some counties")
        UNCLEAR = "unclear", _("Part of Tennessee; which counties is not known")

    class Holidays(models.TextChoices):
        """What happens on a public holiday."""

        OPEN = "open", _("Open as on any day")
        CLOSED = "closed", _("Closed")
        NOT_KNOWN = "not_known", _("Not known")

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
    hours = TranslatedField(
        blank=True, rows=2, help_text="Hours in words, for what the table below cannot say."
    )
    by_appointment = models.BooleanField(default=False, help_text="Nobody is seen without one.")
    on_holidays = models.CharField(max_length=10, choices=Holidays, default=Holidays.NOT_KNOWN)
    languages = models.JSONField(
        default=empty_list, blank=True, help_text=_('Spoken on site, such as ["en", "es"]. Empty: not known.')
    )
    has_interpreter = models.CharField(max_length=10, choices=Known, default=Known.NOT_KNOWN)
    locations = models.ManyToManyField(Location, blank=True, related_name="services")
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
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ServiceQuerySet.as_manager()

    if TYPE_CHECKING:
        has_private_place: bool
        listed_phones: list[Phone]
        listed_places: list[Location]
        listed_schedules: list[Schedule]
        # Given by `resources.listing`.
        now: Status
        miles: float | None
        miles_label: str

    class Meta:
        ordering = ["order", "slug"]
        constraints = [
            publishable("service"),
            models.CheckConstraint(
                condition=Q(reach="counties") | Q(counties=Value([], models.JSONField())),
                name="resources_service_counties_have_reach",
                violation_error_message=_("Counties are listed only for a service of some counties."),
            ),
        ]
        indexes = [
            models.Index(fields=["is_published", "order", "slug"], name="resources_service_listed"),
            models.Index(
                fields=["crisis_order", "slug"],
                name="resources_service_crisis",
                condition=Q(crisis_order__isnull=False),
            ),
        ]

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
            self.listed_phones
            or self.listed_places
            or self.has_private_place
            or self.eligibility
            or self.reach == self.Reach.COUNTIES
        )

    @property
    def is_visited(self) -> bool:
        """Whether people go there, so that what to bring and how to get in matter. Needs a listed row."""
        return bool(self.listed_places or self.has_private_place or self.reach == self.Reach.COUNTIES)

    @property
    def checked_label(self) -> str:
        """One honest sentence on how and when this was checked, for readers."""
        return checked_label(self.checked_how, self.checked_on, has_phone=bool(self.listed_phones))


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


WEEKDAYS = {
    "MO": _("Monday"),
    "TU": _("Tuesday"),
    "WE": _("Wednesday"),
    "TH": _("Thursday"),
    "FR": _("Friday"),
    "SA": _("Saturday"),
    "SU": _("Sunday"),
}
# Which of the weekdays of a month: the first to the fifth, and the last.
WEEKS = (1, 2, 3, 4, 5, -1)


def _known_weekdays(codes: object) -> None:
    if not isinstance(codes, list) or any(code not in WEEKDAYS for code in codes):
        raise ValidationError("Choose weekdays of the list.")


def _known_weeks(numbers: object) -> None:
    if not isinstance(numbers, list) or any(number not in WEEKS for number in numbers):
        raise ValidationError("Choose the first to the fifth, or the last.")


class Schedule(models.Model):
    """One span of the opening hours of a service, at all its places or at one.

    kind: open to all who come, by appointment only, or closed. weekdays: codes of WEEKDAYS, empty with `day`.
    weeks: which of these weekdays of a month (1 to 5, -1 for the last), empty for every week. day: one date,
    which overrides the weekdays of that date. opens_at, closes_at: in the time zone of the place; a closing
    that is not later than the opening is on the next day; both empty for the whole day. valid_from, valid_to:
    the first and last day of a season, counted every year again with `every_year`.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("Open")
        APPOINTMENT = "appointment", _("By appointment")
        CLOSED = "closed", _("Closed")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="schedules")
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules",
        help_text="Empty: the same at all places.",
    )  # fmt: skip
    order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.OPEN)
    weekdays = models.JSONField(default=empty_list, blank=True, validators=[_known_weekdays])
    weeks = models.JSONField(default=empty_list, blank=True, validators=[_known_weeks])
    day = models.DateField(null=True, blank=True, help_text="One date, such as a day it is closed.")
    opens_at = models.TimeField(null=True, blank=True)
    closes_at = models.TimeField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    every_year = models.BooleanField(default=False, help_text="The season comes back each year.")

    class Meta:
        ordering = ["service", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__isnull=False, closes_at__isnull=False),
                name="resources_schedule_both_times",
                violation_error_message="Give the time it opens and the time it closes, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(day__isnull=True) | Q(weekdays=Value([], models.JSONField())),
                name="resources_schedule_day_or_weekdays",
                violation_error_message="Give weekdays, or one date, not both.",
            ),
            models.CheckConstraint(
                condition=Q(every_year=False) | Q(valid_from__isnull=False, valid_to__isnull=False),
                name="resources_schedule_season_has_ends",
                violation_error_message="A season needs its first and its last day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day or ' '.join(self.weekdays)}"

    def clean(self) -> None:
        """Raise ValidationError when it names no day, or its season ends before it begins."""
        if not self.day and not self.weekdays:
            raise ValidationError("Give weekdays, or one date.")
        is_backwards = self.valid_from and self.valid_to and self.valid_to < self.valid_from
        if is_backwards and not self.every_year:
            raise ValidationError({"valid_to": "The season ends before it begins."})


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

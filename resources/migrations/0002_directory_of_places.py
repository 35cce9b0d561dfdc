"""Places of their own, hours that a machine can read, history, checks, laws, and words for the search."""

import hashlib
import json
import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import portal.lib.translated
import resources.models.directory

UNTOUCHED = "untouched"
_LOADED = (
    "Category", "Organization", "Page", "Principle", "Service", "Synonym", "Tool", "ToolGroup", "YearOfDeaths",
)  # fmt: skip


def _state(row):
    left_out = {"id", "uuid", "loaded_hash", "service"}
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in left_out
    }


def remember_untouched(apps, schema_editor):
    """Mark the rows that are as a content file wrote them: their digests cannot be told once columns change."""
    for name in _LOADED:
        model = apps.get_model("resources", name)
        for row in model.objects.exclude(loaded_hash=""):
            state = _state(row)
            if name == "Service":
                state["categories"] = sorted(row.categories.values_list("slug", flat=True))
                state["phones"] = [_state(phone) for phone in row.phones.order_by("order", "pk")]
            text = json.dumps(state, default=str, sort_keys=True, ensure_ascii=False)
            if hashlib.sha256(text.encode()).hexdigest() == row.loaded_hash:
                model.objects.filter(pk=row.pk).update(loaded_hash=UNTOUCHED)


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(remember_untouched, migrations.RunPython.noop),
        migrations.CreateModel(
            name="AddressCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=400, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("fine", "Works"),
                            ("moved", "Moved for good"),
                            ("suspect", "Failed, will be tried again"),
                            ("broken", "Broken on several days"),
                            ("untried", "Not tried yet"),
                        ],
                        default="untried",
                        max_length=8,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("leads_to", models.CharField(blank=True, max_length=400)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("tried_on", models.DateField(blank=True, null=True)),
                ("first_failed_on", models.DateField(blank=True, null=True)),
                ("fine_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["state", "address"],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(max_length=80, unique=True)),
            ],
            options={
                "ordering": ["word"],
            },
        ),
        migrations.AddField(
            model_name="factcheck",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="factcheck",
            name="confirmed_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="description",
            field=portal.lib.translated.TranslatedField(
                blank=True, default=portal.lib.translated.Translations
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="by_appointment",
            field=models.BooleanField(default=False, help_text="Nobody is seen without one."),
        ),
        migrations.AddField(
            model_name="service",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name="service",
            name="on_holidays",
            field=models.CharField(
                choices=[("open", "Open as on any day"), ("closed", "Closed"), ("not_known", "Not known")],
                default="not_known",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RenameField(model_name="suggestion", old_name="fact", new_name="about"),
        migrations.AlterField(
            model_name="suggestion",
            name="about",
            field=models.CharField(
                choices=[
                    ("phone", "A phone number"),
                    ("hours", "The hours"),
                    ("address", "The address or the website"),
                    ("eligibility", "Who it is for, or what it costs"),
                    ("closed", "It has closed, or it is not safe"),
                    ("missing", "Something is missing"),
                    ("other", "Something else"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="suggestion",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="suggestion",
            name="decided_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="service",
            name="hours",
            field=portal.lib.translated.TranslatedField(
                blank=True,
                default=portal.lib.translated.Translations,
                help_text="Hours in words, for what the table below cannot say.",
            ),
        ),
        migrations.AlterField(
            model_name="suggestion",
            name="status",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("accepted", "Accepted"),
                    ("partly", "Accepted in part"),
                    ("declined", "Declined"),
                ],
                default="new",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("loaded_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                (
                    "name_for_staff",
                    models.CharField(blank=True, help_text="Never shown to the public.", max_length=160),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "Address is public"),
                            ("city_only", "Only the city is public"),
                            ("phone_only", "Only phone and website are public"),
                            ("hidden", "Not shown at all, nor what is only given there"),
                        ],
                        default="public",
                        max_length=12,
                    ),
                ),
                ("street", models.CharField(blank=True, max_length=160)),
                ("city", models.CharField(blank=True, max_length=80)),
                ("postal_code", models.CharField(blank=True, max_length=10)),
                (
                    "county",
                    models.CharField(
                        blank=True, max_length=30, validators=[resources.models.directory._known_county]
                    ),
                ),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("longitude", models.FloatField(blank=True, null=True)),
                (
                    "transportation",
                    portal.lib.translated.TranslatedField(
                        blank=True,
                        default=portal.lib.translated.Translations,
                        help_text="How to get there, such as a bus line. Public with the address.",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="locations",
                        to="resources.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["organization", "slug"],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=40)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second person"),
                            ("done", "Done"),
                            ("declined", "Declined by the second person"),
                        ],
                        default="done",
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="resources.service",
                    ),
                ),
                (
                    "suggestion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes",
                        to="resources.suggestion",
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="undone_by",
                        to="resources.change",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="resources.location",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="service",
            name="locations",
            field=models.ManyToManyField(blank=True, related_name="services", to="resources.location"),
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[("open", "Open"), ("appointment", "By appointment"), ("closed", "Closed")],
                        default="open",
                        max_length=12,
                    ),
                ),
                (
                    "weekdays",
                    models.JSONField(
                        blank=True,
                        default=resources.models.directory.empty_list,
                        validators=[resources.models.directory._known_weekdays],
                    ),
                ),
                (
                    "weeks",
                    models.JSONField(
                        blank=True,
                        default=resources.models.directory.empty_list,
                        validators=[resources.models.directory._known_weeks],
                    ),
                ),
                (
                    "day",
                    models.DateField(
                        blank=True, help_text="One date, such as a day it is closed.", null=True
                    ),
                ),
                ("opens_at", models.TimeField(blank=True, null=True)),
                ("closes_at", models.TimeField(blank=True, null=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                (
                    "every_year",
                    models.BooleanField(default=False, help_text="The season comes back each year."),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the same at all places.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedules",
                        to="resources.location",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedules",
                        to="resources.service",
                    ),
                ),
            ],
            options={
                "ordering": ["service", "order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("weight", models.FloatField()),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_entries",
                        to="resources.service",
                    ),
                ),
                (
                    "word",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="resources.searchword",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Law",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("loaded_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", portal.lib.translated.TranslatedField(default=portal.lib.translated.Translations)),
                ("section", models.CharField(max_length=120)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("review_by", models.DateField()),
                (
                    "mark",
                    models.CharField(
                        choices=[
                            ("seen", "Read at its source"),
                            ("known", "Generally known, no source opened"),
                            ("unverified", "Not verified: may not be published"),
                        ],
                        default="unverified",
                        max_length=12,
                    ),
                ),
                ("source", models.TextField(blank=True)),
                ("checked_on", models.DateField(blank=True, null=True)),
                ("is_published", models.BooleanField(default=False)),
                ("pages", models.ManyToManyField(blank=True, related_name="laws", to="resources.page")),
                ("services", models.ManyToManyField(blank=True, related_name="laws", to="resources.service")),
                ("tools", models.ManyToManyField(blank=True, related_name="laws", to="resources.tool")),
            ],
            options={
                "ordering": ["review_by", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_published", False),
                            models.Q(
                                models.Q(("source", ""), _negated=True),
                                ("checked_on__isnull", False),
                                models.Q(("mark", "unverified"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="resources_law_published_has_source",
                        violation_error_message="To publish this, give its source and the day it was checked. What is not verified stays unpublished.",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                    models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                    _connector="OR",
                ),
                name="resources_location_whole_point",
                violation_error_message="Give both latitude and longitude in degrees, or neither.",
            ),
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(("service__isnull", True), ("location__isnull", True), _connector="XOR"),
                name="resources_change_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    ("made_by__isnull", True),
                    models.Q(("decided_by", models.F("made_by")), _negated=True),
                    _connector="OR",
                ),
                name="resources_change_second_person",
                violation_error_message="A second person must decide, not the one who made the change.",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes_at__isnull", True), ("opens_at__isnull", True)),
                    models.Q(("closes_at__isnull", False), ("opens_at__isnull", False)),
                    _connector="OR",
                ),
                name="resources_schedule_both_times",
                violation_error_message="Give the time it opens and the time it closes, or neither.",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("day__isnull", True), ("weekdays", models.Value([], models.JSONField())), _connector="OR"
                ),
                name="resources_schedule_day_or_weekdays",
                violation_error_message="Give weekdays, or one date, not both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="schedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("every_year", False),
                    models.Q(("valid_from__isnull", False), ("valid_to__isnull", False)),
                    _connector="OR",
                ),
                name="resources_schedule_season_has_ends",
                violation_error_message="A season needs its first and its last day.",
            ),
        ),
        migrations.AddConstraint(
            model_name="searchentry",
            constraint=models.UniqueConstraint(fields=("word", "service"), name="resources_searchentry_once"),
        ),
    ]

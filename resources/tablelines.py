"""The lines of a table that staff bring in, read by django-import-export and held against the directory."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources
from import_export.instance_loaders import BaseInstanceLoader

from portal.lib.languages import BASE
from resources.exchange import blank_service
from resources.hsds.mapping import OWN, Bundle, Record, organization_record
from resources.models import Organization, Service
from resources.table import COLUMNS, Column, plain, same


class Line:
    """One line while it is read: the record it is about. pk: as a row of a model has one."""

    def __init__(self, record: Record, *, is_new: bool) -> None:
        self.record = record
        self.pk = None if is_new else record["uuid"]

    def __str__(self) -> str:
        return str(self.record["name"].get(BASE, ""))


class CellField(fields.Field):  # type: ignore[misc]  # the library has no types
    """A cell of one of our columns."""

    def __init__(self, column: Column) -> None:
        super().__init__(attribute="record", column_name=column.name, readonly=column.read is None)
        self.column = column

    def take(self, line: Line, row: dict[str, str], bundle: Bundle) -> None:
        """Write down what the cell tells otherwise than the directory. Raise ValueError with the reason."""
        told = plain(row[self.column.name] or "")
        if self.column.name == "changed_at":
            # When this line left here: what was changed since then stays.
            line.record["updated_at"] = _moment(told)
        elif same(told, self.column.show(line.record, bundle)) or (line.pk is None and not told):
            return  # as it is here, or left open on the line of a new service
        elif self.column.read is None:
            raise ValueError("this column is only there to be read; change it on the page of the service")
        else:
            line.record.update(self.column.read(told, line.record, bundle))


class ServiceTable(resources.Resource):  # type: ignore[misc]  # the library has no types
    """Lines held against the public directory, `bundle`.

    taken: the records that they make. origins: the line of each, by its uuid.
    """

    class Meta:
        """Lines are found by their slug. Nothing is written here, so nothing is compared or rolled back."""

        import_id_fields = ("slug",)
        instance_loader_class = BaseInstanceLoader
        skip_diff = True
        use_transactions = False

    def __init__(self, bundle: Bundle, lines: list[str]) -> None:
        super().__init__()
        self.fields.update((column.name, CellField(column)) for column in COLUMNS)
        self.bundle, self.lines = bundle, lines
        self.taken: list[Record] = []
        self.origins: dict[str, str] = {}
        self._by_slug = {record["slug"]: record for record in bundle.services}
        self._runners = {row["name"]: row for row in bundle.organizations.values()}

    def get_or_init_instance(self, instance_loader: Any, row: dict[str, str]) -> tuple[Line, bool]:
        """Return the listed service with the slug of the line, or a new one."""
        slug = plain(row["slug"] or "")
        if slug in self._by_slug:
            return Line(dict(self._by_slug[slug]), is_new=False), False
        return Line(self._new(slug, plain(row.get("organization") or "")), is_new=True), True

    def _new(self, slug: str, runner: str) -> Record:
        if not slug:
            raise ValidationError({"slug": "a service needs one"})
        if Service.objects.filter(slug=slug).exists():
            raise ValidationError({"slug": f"{slug!r} is not in the public table; change it on its page"})
        if runner not in self._runners:
            found = Organization.objects.filter(name=runner).first()
            if found is None:
                reason = f"{slug!r} is not in the table, and a new service needs an organization that is here"
                raise ValidationError({"organization": reason})
            self._runners[runner] = organization_record(found)
        of = self._runners[runner]
        self.bundle.organizations.setdefault(of["uuid"], of)
        own = str(uuid.uuid5(OWN, f"table {slug}"))
        return {**blank_service(), "uuid": own, "slug": slug, "organization": of["uuid"]}

    def import_instance(self, instance: Line, row: dict[str, str], **kwargs: Any) -> None:
        """Read the cells of the line. Raise ValidationError with the reason against each."""
        faults: dict[str, str] = {}
        for name in row:
            try:
                self.fields[name].take(instance, row, self.bundle)
            except ValueError as fault:
                faults[name] = str(fault)
        if not instance.record["name"].get(BASE):
            faults["name"] = "a service needs one"
        if faults:
            raise ValidationError(faults)

    def validate_instance(self, instance: Line, errors: Any = None, **kwargs: Any) -> None:
        """Refuse the line for what was found in its cells."""
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Line, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Keep the record. `resources.exchange` writes it, after a person has seen the difference."""
        own = instance.record["uuid"]
        if own in self.origins:
            raise ValidationError({"slug": f"it is already on {self.origins[own]}"})
        self.taken.append(instance.record)
        self.origins[own] = self.lines[kwargs["row_number"] - 1]

    def save_m2m(self, instance: Line, row: Any, **kwargs: Any) -> None:
        """Write nothing here either."""


def _moment(text: str) -> str:
    if not text:
        return ""
    try:
        moment = datetime.datetime.fromisoformat(text)
        is_whole = moment.tzinfo is not None
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError(f"{text[:60]!r} is no moment; leave this column as it was")
    return moment.isoformat()

"""Move the address of each service to a place of its own."""

from django.db import migrations


def move(apps, schema_editor):
    """Give each service that has an address, or keeps one private, a place."""
    service_model, location_model = (
        apps.get_model("resources", "Service"),
        apps.get_model("resources", "Location"),
    )
    for service in service_model.objects.all():
        if service.visibility == "public" and not (service.street or service.city or service.postal_code):
            continue
        place = location_model.objects.create(
            slug=service.slug,
            organization_id=service.organization_id,
            visibility=service.visibility,
            street=service.street,
            city=service.city,
            postal_code=service.postal_code,
            loaded_hash="untouched" if service.loaded_hash == "untouched" else "",
        )
        service.locations.add(place)
    apps.get_model("resources", "Suggestion").objects.filter(about="").update(about="other")


def move_back(apps, schema_editor):
    """Give each service the address of its first place; further places have no column to go back to."""
    for service in apps.get_model("resources", "Service").objects.prefetch_related("locations"):
        place = service.locations.order_by("pk").first()
        if place:
            for name in ("visibility", "street", "city", "postal_code"):
                setattr(service, name, getattr(place, name))
            service.save()


class Migration(migrations.Migration):
    dependencies = [("resources", "0002_directory_of_places")]

    operations = [migrations.RunPython(move, move_back)]

"""Lists of the public and the crisis panel find their rows without a look at every service."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0005_principle_tools"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                condition=models.Q(("visibility", "hidden")),
                fields=["visibility"],
                name="resources_location_hidden",
            ),
        ),
        migrations.AddIndex(
            model_name="service",
            index=models.Index(
                condition=models.Q(("crisis_order__isnull", False)),
                fields=["crisis_order", "slug"],
                name="resources_service_crisis",
            ),
        ),
    ]

"""Addresses stand at places alone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("resources", "0003_move_addresses")]

    operations = [
        migrations.RemoveField(model_name="service", name=name)
        for name in ("visibility", "street", "city", "postal_code")
    ]

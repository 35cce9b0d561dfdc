"""Each principle names the tools in which one sees it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0004_addresses_leave_services"),
    ]

    operations = [
        migrations.AddField(
            model_name="principle",
            name="tools",
            field=models.ManyToManyField(
                blank=True,
                help_text="Tools in which one sees this principle.",
                related_name="principles",
                to="resources.tool",
            ),
        ),
    ]

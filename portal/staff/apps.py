from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin with our own site: two factors, and the keys to the reports."""

    default_site = "portal.staff.site.StaffSite"

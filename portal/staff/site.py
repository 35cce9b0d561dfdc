"""The staff site: Django's admin behind passphrase and second factor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _


class StaffSite(admin.AdminSite):
    """The admin of the portal. Every page but login and activation asks for both factors."""

    site_header = settings.SITE_NAME
    site_title = _("Staff")
    index_title = _("What would you like to do?")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether this session gave passphrase and code."""
        from portal.staff.login import SECOND_FACTOR

        # Every account is a member of staff; Django's own flag says nothing more.
        return request.user.is_active and request.session.get(SECOND_FACTOR) is True

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the pages about members and keys to Django's own."""
        from portal.staff import exportpage, keypages, views
        from training.admin.figures import figures_page

        own: list[URLResolver | URLPattern] = [
            path("activate/<str:token>/", views.activate, name="activate"),
            path("keys/", self.admin_view(keypages.report_keys), name="report_keys"),
            path("keys/recover/", self.admin_view(keypages.recover), name="recover"),
            path("keys/sheets/", self.admin_view(keypages.new_sheets), name="new_sheets"),
            path("keys/drill/", self.admin_view(keypages.drill), name="drill"),
            path("keys/change/", self.admin_view(keypages.change), name="rotation"),
            path("reports/<uuid:pk>/export/", self.admin_view(exportpage.export), name="report_export"),
            path("training/figures/", self.admin_view(figures_page), name="training_figures"),
            path("members/<int:pk>/access/", self.admin_view(views.access), name="member_access"),
            path("members/<int:pk>/link/", self.admin_view(views.link), name="member_link"),
            path("members/<int:pk>/role/", self.admin_view(views.role), name="member_role"),
            path("members/<int:pk>/close/", self.admin_view(views.close), name="member_close"),
        ]
        return own + super().get_urls()

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Take account, passphrase and code."""
        from portal.staff import views

        return views.login(request)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Change the passphrase. Django's own page would lock the member out of the reports."""
        from portal.staff import views

        return views.passphrase(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add what stands above every page: what a member who cannot read yet should know."""
        from portal.staff.banners import banners

        context = super().each_context(request)
        if context["has_permission"]:
            context["banners"] = banners(request)
        return context

"""Members, for leads: who is in, with which role. Passphrases are never set for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal.models import SecondFactor, User
from reporting.models import CASE, KeyGrant

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[User]
else:
    AnyAdmin = admin.ModelAdmin


@admin.register(User)
class MemberAdmin(AnyAdmin):
    """The list of members. A new one gets an activation link from here."""

    list_display = ["username", "role", "is_active", "is_activated", "reads_reports"]
    list_filter = ["role", "is_active"]
    ordering = ["username"]
    actions = None
    fields = ["username", "first_name", "last_name", "email", "notices", "role", "acts"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return members with what they have."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                activated=Exists(SecondFactor.objects.filter(user=OuterRef("pk"))),
                reads=Exists(KeyGrant.objects.filter(staff_key__user=OuterRef("pk"), queue_key__room=CASE)),
            )
        )

    @admin.display(description=_("has signed in"), boolean=True)
    def is_activated(self, member: Any) -> bool:
        """Return whether passphrase and codes are set."""
        return bool(member.activated)

    @admin.display(description=_("can read reports"), boolean=True)
    def reads_reports(self, member: Any) -> bool:
        """Return whether a lead let the member in."""
        return bool(member.reads)

    @admin.display(description=_("What you can do"))
    def acts(self, member: Any) -> str:
        """Return links to the member's other pages."""
        if member.pk is None:
            return str(_("Save first. Then you get a link to hand to the member."))
        if not member.is_active:
            return str(_("This account is closed."))
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:member_access", args=[member.pk]),
            _("Let them read reports, or make a new link"),
            reverse("admin:member_role", args=[member.pk]),
            _("Change the role"),
            reverse("admin:member_close", args=[member.pk]),
            _("Close the account"),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Let a role be chosen for a new member only; later it changes on its own page, with the keys."""
        return ["acts", "role"] if obj else ["acts"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Keep the member; a new one cannot sign in before the activation link was used."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the page that makes the link."""
        return HttpResponseRedirect(reverse("admin:member_access", args=[obj.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts are closed, not deleted: the log of what they did stays readable."""
        return False

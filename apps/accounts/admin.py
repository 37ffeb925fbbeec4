"""Accounts in Django's admin. Teams are shown beside their members: deleting one by itself would orphan its runs."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from apps.accounts.models import User


@admin.register(User)
class AccountAdmin(UserAdmin):
    """People with their personal teams, which come and go with the account."""

    list_display = ("username", "email", "personal_team", "is_active", "is_staff")
    list_select_related = ("personal_team__personal_of",)
    readonly_fields = ("personal_team",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return [*shown, ("Teams", {"fields": ("personal_team",)})] if obj else shown

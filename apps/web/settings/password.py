"""The page on which a person sets a password, or a new one; it ends the person's sessions elsewhere."""

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy

from apps.accounts.models import User


class OwnPassword(PasswordChangeView):
    """Asks for the old password of those who have one; whoever came by a login link may have none."""

    template_name = "settings/password.html"
    success_url = reverse_lazy("web:settings")

    def get_form_class(self) -> type[SetPasswordForm]:
        has_one = isinstance(self.request.user, User) and self.request.user.has_usable_password()
        return PasswordChangeForm if has_one else SetPasswordForm

    def get_form(self, form_class: type[SetPasswordForm] | None = None) -> SetPasswordForm:
        form: SetPasswordForm = super().get_form(form_class)
        for field in form.fields.values():
            field.widget.attrs["class"] = "input"
        again = form.fields["new_password2"]
        again.label, again.help_text = "New password, again", ""
        return form

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        messages.success(self.request, "Your password is saved. You are signed out everywhere else.")
        return super().form_valid(form)

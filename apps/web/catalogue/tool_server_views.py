"""The page "Tool servers", for staff: connect a server, list its tools, allow them, disconnect and delete it."""

from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from pydantic import SecretStr

from apps.catalogue import tool_servers
from apps.catalogue.models import ToolServer
from apps.catalogue.tool_servers import InvalidToolServer, ServerEntry
from apps.tool_servers.client import NOT_INSTALLED, is_installed
from apps.web.catalogue.provider_forms import SecretLines, field, read_headers
from apps.web.catalogue.provider_views import View, for_staff
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest

TOKEN = "Sent as “Authorization: Bearer …”. Kept encrypted, and never shown again."  # noqa: S105 - a help text
KEPT_TOKEN = f"{TOKEN} Leave token and headers empty to keep the stored ones, if the host stays the same."


class ToolServerForm(forms.Form):
    """A server to connect. Token and headers go in and never come out."""

    name = field("Name", max_length=60)
    url = field("Address", max_length=500, help_text="Its MCP endpoint, such as https://tools.example/mcp.")
    token = field(
        "Token",
        required=False,
        max_length=4_000,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=TOKEN,
    )
    headers = field(
        "Extra headers",
        required=False,
        max_length=5000,
        widget=SecretLines(),
        help_text="One per line, as Name: value, for a server that wants its key elsewhere. As secret as the token.",
    )
    is_private = field(
        "The server may be inside this network",
        forms.BooleanField,
        required=False,
        help_text="Unless ticked, only public addresses are allowed.",
    )

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"])
        if not token.isascii() or any(character.isspace() or not character.isprintable() for character in token):
            raise forms.ValidationError("A token has no spaces and only printable ASCII characters.")
        return token

    def clean_headers(self) -> dict[str, str]:
        return read_headers(self.cleaned_data["headers"])

    def entry(self) -> ServerEntry:
        data = self.cleaned_data
        token, only_public = SecretStr(data["token"]), not data["is_private"]
        return ServerEntry(data["name"], data["url"], token, only_public, data["headers"])


def with_server(view: View) -> View:
    """Give a view for staff the server of its address."""

    @wraps(view)
    @for_staff
    def found(request: SignedInRequest, slug: str) -> HttpResponse:
        server = ToolServer.objects.filter(slug=slug).first()
        if server is None:
            raise Http404("There is no such tool server.")
        return view(request, server)

    return found


@for_staff
@never_cache
@require_safe
def tool_servers_page(request: SignedInRequest) -> HttpResponse:
    """Render the servers with their tools."""
    servers = ToolServer.objects.prefetch_related("tools")
    context = {"servers": servers, "missing": "" if is_installed() else NOT_INSTALLED}
    return render(request, "catalogue/tool_servers.html", context)


@sensitive_post_parameters("token", "headers")
@sensitive_variables()
@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    """Render the form of a new server. A POST asks it for its tools and keeps it."""
    return _saved(request, ToolServerForm(request.POST or None), None)


@sensitive_post_parameters("token", "headers")
@sensitive_variables()
@with_server
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, server: ToolServer) -> HttpResponse:
    """Render the form of a server. A POST asks it for its tools and saves it."""
    initial = {"name": server.name, "url": server.url, "is_private": not server.only_public}
    form = ToolServerForm(request.POST or None, initial=initial)
    form.fields["token"].help_text = KEPT_TOKEN
    return _saved(request, form, server)


def _saved(request: SignedInRequest, form: ToolServerForm, server: ToolServer | None) -> HttpResponse:
    if form.is_valid():
        try:
            server = tool_servers.connect_server(form.entry(), server)
            return _to_page(request, f"{server.name} is connected. Its tools are listed below.", server)
        except InvalidToolServer as error:
            form.add_error(error.field, error.sentence)
    context: dict[str, Any] = {
        "form": form,
        "server": server,
        "has_lost_key": bool(request.POST.get("token") or request.POST.get("headers")),
    }
    return render(request, "catalogue/tool_server_form.html", context, status=400 if form.is_bound else 200)


@with_server
@require_POST
def refresh(request: SignedInRequest, server: ToolServer) -> HttpResponse:
    """Ask a server for its tools anew, which also shows whether it can be reached."""
    tool_servers.refresh_server(server)
    return _to_page(request, "" if server.failure else f"{server.name} answers, and its tools are listed.", server)


@with_server
@require_POST
def allow(request: SignedInRequest, server: ToolServer) -> HttpResponse:
    """Allow the tools that are ticked (``tool``), and no others."""
    tool_servers.allow_tools(server, request.POST.getlist("tool"))
    return _to_page(request, f"The tools of {server.name} are saved.", server)


@with_server
@require_POST
def set_connected(request: SignedInRequest, server: ToolServer) -> HttpResponse:
    """Connect or disconnect a server (``connected`` is yes or no)."""
    server.is_connected = request.POST.get("connected") == "yes"
    server.save(update_fields=["is_connected"])
    state = "connected" if server.is_connected else "disconnected; its tools are no longer offered"
    return _to_page(request, f"{server.name} is {state}.", server)


@with_server
@require_POST
def delete(request: SignedInRequest, server: ToolServer) -> HttpResponse:
    """Remove a server with its tools and its secrets."""
    server.delete()
    return _to_page(request, f"{server.name} and its token are deleted.")


def _to_page(request: SignedInRequest, sentence: str, server: ToolServer | None = None) -> HttpResponse:
    if sentence:
        messages.success(request, sentence)
    return go_to(request, reverse("web:tool_servers") + (f"#server-{server.slug}" if server else ""))

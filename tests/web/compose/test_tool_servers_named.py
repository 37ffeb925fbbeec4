"""The new-run form names the tool servers that a model's words may go to."""

from apps.catalogue.models import ToolServer
from tests.factories import make_local_preset, make_user
from tests.web.conftest import signed_in


def test_the_form_names_servers_with_tools_that_are_allowed(db):
    make_local_preset()
    reading = ToolServer.objects.create(slug="orchard", name="Orchard", url="http://127.0.0.1:1/mcp")
    reading.tools.create(name="find", is_read_only=True)
    ToolServer.objects.create(slug="garden", name="Garden", url="http://127.0.0.1:1/mcp").tools.create(name="dig")

    page = signed_in(make_user("alice")).get("/").content.decode()

    assert "Calls tools of Orchard, which get what the models ask them." in page
    assert "Garden" not in page

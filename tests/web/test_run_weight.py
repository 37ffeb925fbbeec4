"""What a run page weighs on its way: compressed for whoever takes that."""

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from apps.runs import actions
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.mark.parametrize("part", ["page", "fragments", "share"])
def test_page_is_compressed_on_request(alice, as_alice: Client, part):
    run = make_finished_run(alice)
    url = {
        "page": run.get_absolute_url(),
        "fragments": reverse("web:run_fragments", args=[run.public_id, "header+bill"]),
        "share": reverse("web:share", args=[actions.share_run(run).code]),
    }[part]

    plain, packed = as_alice.get(url), as_alice.get(url, headers={"Accept-Encoding": "gzip"})

    assert (plain.get("Content-Encoding"), packed.get("Content-Encoding")) == (None, "gzip")
    assert len(packed.content) < len(plain.content) / 2
    assert gzip.decompress(packed.content).count(b"</section>") == plain.content.count(b"</section>")

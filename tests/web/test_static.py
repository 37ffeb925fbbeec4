"""Static files: browsers keep them for ever, and see at once when they have changed."""

import re

from fusionweb.static_version import version_of


def test_page_names_static_files_that_may_be_kept_for_ever(as_alice):
    page = as_alice.get("/").content.decode()

    address = re.search(r'href="(/static/[0-9a-f]{12}/css/[^"]+)"', page)[1]
    answer = as_alice.get(address)
    answer.close()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "max-age=315360000, public, immutable")


def test_version_follows_content_and_names(tmp_path):
    (tmp_path / "a.js").write_text("one")
    first = version_of([("", tmp_path)])
    again = version_of([("", tmp_path)])
    (tmp_path / "a.js").write_text("two")
    changed = version_of([("", tmp_path)])
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    renamed = version_of([("", tmp_path)])

    assert again == first
    assert len({first, changed, renamed}) == 3

"""Static files: browsers keep them for ever, and see at once when they have changed."""

import re
from pathlib import Path

from django.contrib.staticfiles.finders import find

from fusionweb.static_version import version_of


def test_page_names_static_files_that_may_be_kept_for_ever(as_alice):
    page = as_alice.get("/").content.decode()

    address = re.search(r'href="(/static/[0-9a-f]{12}/css/[^"]+)"', page)[1]
    answer = as_alice.get(address)
    answer.close()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "max-age=315360000, public, immutable")


FACE = re.compile(r"@font-face\s*{[^}]*url\(([^)]+\.woff2)\)[^}]*unicode-range:\s*U\+0000-00FF[^}]*}")


def test_faces_of_a_latin_page_are_ours_and_weigh_no_more_than_150_kb(as_alice):
    page = as_alice.get("/").content.decode()

    sheets = re.findall(r'href="/static/[0-9a-f]{12}/(vendor/[^"]+\.css)"', page)
    files = [find(f"{sheet.rpartition('/')[0]}/{FACE.search(Path(find(sheet)).read_text())[1]}") for sheet in sheets]

    assert len(files) == 3  # upright, italic, mono
    assert sum(Path(file).stat().st_size for file in files) <= 150_000


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

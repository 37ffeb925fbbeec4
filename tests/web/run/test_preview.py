"""The picture beside a link in messengers: prompt, panel and agreement are drawn in it, each in its place."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw

from apps.fusion.vocabulary import Role
from apps.runs.models import Call, Run
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.web.run.preview import INK, MARGIN, MOST_LINES, PAPER, SIZE, _font, draw_preview
from tests.calls import change_output
from tests.factories import GEMMA, make_local_preset
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run

PLACES = {"prompt": (0, 110, SIZE[0], 400), "panel": (0, 410, SIZE[0], 530), "facts": (0, 535, SIZE[0], SIZE[1])}
"""The parts of the picture: left, top, right and bottom, in pixels."""


@pytest.fixture
def run(db, alice) -> Run:
    make_local_preset()
    return make_finished_run(alice, prompt="How high is the tower?")


def drawn(snapshot: RunSnapshot) -> Image.Image:
    picture = Image.open(BytesIO(draw_preview(snapshot)))
    assert picture.size == SIZE
    return picture


def changed(before: Image.Image, after: Image.Image) -> set[str]:
    """Return the parts of a picture that differ from those of another."""
    return {name for name, box in PLACES.items() if ImageChops.difference(before.crop(box), after.crop(box)).getbbox()}


def lines_of_prompt(picture: Image.Image) -> int:
    """Return how many lines of letters stand in the place of the prompt: rows with ink, after rows without."""
    part = picture.crop(PLACES["prompt"]).convert("L").point(lambda shade: 255 if shade < 128 else 0)
    has_ink = [part.crop((0, y, part.width, y + 1)).getbbox() is not None for y in range(part.height)]
    return sum(now and not before for before, now in zip([False, *has_ink], has_ink, strict=False))


def test_words_are_drawn_and_each_part_follows_what_it_tells(run: Run):
    plain = drawn(take_snapshot(run))

    words = Image.new("RGB", SIZE, PAPER)
    ImageDraw.Draw(words).text((MARGIN, 116), "How high is the tower?", font=_font(54), fill=INK)
    assert ImageChops.difference(plain.crop(PLACES["prompt"]), words.crop(PLACES["prompt"])).getbbox() is None

    run.title = "How wide is the tower?"
    assert changed(plain, drawn(take_snapshot(run))) == {"prompt"}
    run.title = "How high is the tower?"
    Call.objects.filter(run=run, role=Role.PANEL, slot="C").update(model=GEMMA)
    assert changed(plain, drawn(take_snapshot(run))) == {"panel"}
    Call.objects.filter(run=run, role=Role.PANEL, slot="C").update(model=run.calls.get(slot="A").model)
    analysis = make_analysis(ANSWERS)
    agreed = [one for one in analysis.findings if one.kind.value != "contradiction"]
    change_output(run.analysis_call, analysis=analysis.model_copy(update={"findings": tuple(agreed)}))
    assert changed(plain, drawn(take_snapshot(run))) == {"facts"}


def test_long_prompts_wrap_and_stay_above_the_panel(run: Run):
    plain, words = drawn(take_snapshot(run)), "Why does the bridge over the river sway more in winter than in spring? "
    found = []
    for title in (words[:20], words[:60], words * 2, words * 9, "a" * 200):
        run.title = title[:200]
        picture = drawn(take_snapshot(run))
        found.append(lines_of_prompt(picture))
        assert changed(plain, picture) == {"prompt"}

    assert found[0] == 1
    assert found[0] < found[1] < found[2] <= MOST_LINES
    assert (found[3], found[4] > 1) == (MOST_LINES, True)

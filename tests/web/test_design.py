"""The colours of ``tokens.css`` are readable in light and dark, by computation; no template carries inline code."""

import math
import re
from pathlib import Path

import pytest

from apps.fusion.vocabulary import SLOTS

ROOT = Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "static/css/tokens.css").read_text()
READABLE = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text below 24 px."""
TINT = 0.14

Rgb = tuple[float, float, float]
THEMES = {"light": 0, "dark": 1}


def token(name: str, theme: str) -> Rgb:
    """Return a colour token in linear sRGB."""
    pair = re.search(rf"--{name}: light-dark\((.+)\);", TOKENS)
    assert pair, name
    return linear(re.split(r",\s*(?![^(]*\))", pair[1])[THEMES[theme]])


def linear(colour: str) -> Rgb:
    if colour.startswith("#"):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return r, g, b
    lightness, chroma, hue = map(float, colour.removeprefix("oklch(").removesuffix(")").split())
    return of_oklab(lightness, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue)))


def of_oklab(lightness: float, a: float, b: float) -> Rgb:
    """Convert from OKLab. Source: Björn Ottosson, "A perceptual color space for image processing"."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        clip(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))


def tinted(colour: Rgb, surface: Rgb) -> Rgb:
    """Return a tint of a colour on a surface, mixed in stored sRGB as a browser paints a translucent colour."""
    pairs = zip(map(stored, colour), map(stored, surface), strict=True)
    r, g, b = (linear_channel(TINT * one + (1 - TINT) * two) for one, two in pairs)
    return r, g, b


def stored(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def linear_channel(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: Rgb, two: Rgb) -> float:
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, two))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast(linear("#000000"), linear("#ffffff")) == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("slot", SLOTS)
def test_slot_colour_is_readable_on_every_surface_and_on_its_tint(slot: str, theme: str) -> None:
    colour = token(f"slot-{slot.lower()}", theme)
    surfaces = [token(name, theme) for name in ("bg", "surface", "raised")]

    for surface in surfaces:
        assert contrast(colour, surface) >= READABLE
        assert contrast(colour, tinted(colour, surface)) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["text", "muted", "accent", "ok", "warn", "bad"])
def test_text_colour_is_readable_on_every_surface(name: str, theme: str) -> None:
    for surface in ("bg", "surface", "raised"):
        assert contrast(token(name, theme), token(surface, theme)) >= READABLE


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text, ground", [("on-accent", "accent"), ("on-accent", "accent-hover"), ("bg", "text")])
def test_filled_control_is_readable(text: str, ground: str, theme: str) -> None:
    assert contrast(token(text, theme), token(ground, theme)) >= READABLE


@pytest.mark.parametrize(
    "template", sorted(path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*.html")), ids=str
)
def test_template_has_no_inline_code_and_stays_small(template: Path) -> None:
    text = (ROOT / template).read_text()

    assert re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", text) == []
    assert len(text.splitlines()) <= 120


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT) for path in (ROOT / "static").rglob("*.js")), ids=str)
def test_script_stays_small(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= 150


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT) for path in (ROOT / "static").rglob("*.css")), ids=str)
def test_a_style_sheet_passes_no_400_lines(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= 400


@pytest.mark.parametrize("folder", ["apps", "fusionweb", "tests"])
def test_no_python_file_passes_400_lines(folder: str) -> None:
    written = (path for path in (ROOT / folder).rglob("*.py") if path.parent.name != "migrations")
    sizes = {str(path): len(path.read_text().splitlines()) for path in written}

    assert [path for path, size in sizes.items() if size > 400] == []

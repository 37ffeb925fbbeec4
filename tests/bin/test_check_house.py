"""Each rule of the house finds what it forbids, and leaves alone what looks like it."""

import subprocess
from pathlib import Path

import pytest

from bin import check_house

DOCSTRINGS = [
    ("module.py", '"""What lives here."""\n', [1]),
    ("module.py", '"""\nHow it works.\n"""\n', [1]),
    ("module.py", '"""Values of a run."""\n\n\ndef load():\n    """Who asks."""\n', [5]),
    ("module.py", 'async def load():\n    """Which run."""\n', [2]),
    ("module.py", 'class Run:\n    """A run."""\n\n    name: str\n    """What it is called."""\n', [5]),
    ("module.py", 'class Run:\n    def load(self):\n        """What it does."""\n', [3]),
    ("module.py", 'def load():\n    """Return what lives here."""\n', []),
    ("module.py", 'def load():\n    """Whether it is there."""\n', []),
    ("module.py", 'def load():\n    """Whose run it is, and Whatever."""\n', []),
    ("module.py", 'QUESTION = "What is it?"\n# What a comment says.\nprint("How")\n', []),
    ("script.js", "let x;\n/** Which letter. */\nfunction letter() {}\n", [2]),
    ("script.js", "/**\n * How it is done.\n */\n", [2]),
    ("script.js", "/** Return which letter. */\n// What a comment says.\n", []),
    ("page.html", "<p>What now?</p>\n", []),
]


@pytest.mark.parametrize("path, text, lines", DOCSTRINGS)
def test_docstring_beginning_with_question_word_is_error(path, text, lines):
    problems = list(check_house.check_docstrings(path, text))

    assert [problem.line for problem in problems] == lines
    assert not any(problem.is_warning for problem in problems)


@pytest.mark.parametrize("lines, count", [(400, 0), (401, 1)])
def test_file_of_more_than_400_lines_is_error(lines, count):
    problems = list(check_house.check_length("page.css", "a {}\n" * lines))

    assert [problem.is_warning for problem in problems] == [False] * count


SMALL_FUNCTIONS = [
    ("def _half(x):\n    return x / 2\n\ndef f(x):\n    return _half(x)\n", ["_half"]),
    ('def _half(x):\n    """Return half."""\n    y = x / 2\n    return y\n\nprint(_half(2))\n', ["_half"]),
    ("class A:\n    def _half(self):\n        return 1\n\n    def f(self):\n        return self._half()\n", ["_half"]),
    ("async def _half(x):\n    return x\n\nprint(_half(2))\n", ["_half"]),
    ("def _half(x):\n    return x / 2\n\nprint(_half(2), _half(3))\n", []),
    ("def _half(x):\n    y = x\n    z = y\n    return z\n\nprint(_half(2))\n", []),
    ("def half(x):\n    return x / 2\n\nprint(half(2))\n", []),
    ("@receiver(saved)\ndef _half(x):\n    return x / 2\n\nprint(_half(2))\n", []),
    ("class A:\n    def __len__(self):\n        return 1\n\nprint(A().__len__())\n", []),
]


@pytest.mark.parametrize("text, names", SMALL_FUNCTIONS)
def test_short_private_function_used_once_is_warning(text, names):
    problems = list(check_house.check_small_functions("module.py", text))

    assert [problem.text.split()[0] for problem in problems] == names
    assert all(problem.is_warning for problem in problems)


BAD_DEFINITIONS = [
    ("apps/api/openai/stream.py", "class Told:\n    pass\n", "class Told has a better name: EventsReceived"),
    ("apps/runs/models.py", "class Call:\n    accrued = Cost()\n", "attribute accrued has a better name: cost_so_far"),
    (
        "apps/runs/models.py",
        "class Call:\n    beyond: int\n",
        "attribute beyond has a better name: possible_extra_cost",
    ),
    (
        "apps/accounts/models.py",
        "class A:\n    carried = 1\n",
        "attribute carried has a better name: cost_before_restart",
    ),
    ("apps/catalogue/models/prices.py", "class A:\n    read = 1\n", "attribute read has a better name: input_calls"),
    ("apps/runs/reading/x.py", "class A:\n    accrued = 1\n", "attribute accrued has a better name: cost_so_far"),
    ("apps/api/x.py", "class Seat:\n    pass\n", "class Seat has a better name: PanelSlot"),
    ("apps/runs/spending/x.py", "def settle():\n    pass\n", "function settle has a better name: price_lost_call"),
    (
        "apps/web/x.py",
        "class A:\n    def __init__(self):\n        self.referee = 1\n",
        "attribute referee has a better name: judge_or_writer",
    ),
    ("apps/web/remarks.py", "", "module remarks has a better name: warnings"),
    ("apps/runs/models.py", "LONG_AGO = 1\n", "variable LONG_AGO has a better name: None in enqueued_at"),
    ("apps/runs/x.py", "_Veil, other = 1, 2\n", "variable _Veil has a better name: Redactor"),
    ("static/js/run/pill.js", "", "module pill has a better name: answer_toast"),
    ("static/js/run/x.js", "export function takeIn(page) {\n}\n", "function takeIn has a better name: syncFromServer"),
    ("static/js/run/x.js", "const tell = () => 1;\n", "function tell has a better name: dispatch"),
    (
        "static/js/run/x.js",
        "class A {\n  tell(old) {\n  }\n}\n",
        "function tell has a better name: dispatch",
    ),
]


@pytest.mark.parametrize("path, text, expected", BAD_DEFINITIONS)
def test_name_with_better_word_is_error(path, text, expected):
    problems = list(check_house.check_names(check_house.definitions(path, text)))

    assert [(problem.text, problem.is_warning) for problem in problems] == [(expected, False)]


@pytest.mark.parametrize(
    "path, text",
    [
        ("apps/runs/models.py", "def f(read, asked):\n    candidates = read\n    return candidates\n"),
        ("apps/web/models_page.py", "class A:\n    read = 1\n"),
        ("bench/direct.py", "def read():\n    pass\n"),
        ("apps/runs/models.py", "def f(row):\n    row.read = 1\n    return row.beat()\n"),
        ("apps/runs/execution/circuits.py", "class Circuits:\n    def settle(self):\n        pass\n"),
        ("bench/x.py", "beat = 'the scheduler of Celery'\n"),
        ("static/js/run/x.js", "tell(1);\nif (changed(2)) {\n}\n"),
        ("templates/told.html", "<p>Told</p>"),
    ],
)
def test_ordinary_word_in_other_sense_is_allowed(path, text):
    assert list(check_house.check_names(check_house.definitions(path, text))) == []


def test_second_meaning_of_one_word_is_error():
    first = check_house.definitions("apps/catalogue/known.py", "class Vendor:\n    pass\n")
    second = check_house.definitions("apps/providers/quirks.py", "x = 1\nclass Vendor:\n    pass\n")

    problems = list(check_house.check_names([*first, *second]))

    assert [str(problem) for problem in problems] == [
        "apps/providers/quirks.py:2: Vendor is also apps/catalogue/known.py:1; one word means one thing"
    ]


@pytest.mark.parametrize("bad", check_house.BAD_NAMES, ids=lambda bad: f"{bad.inside}{bad.name}")
def test_every_bad_name_is_found_in_its_place(bad):
    path = (bad.inside or "apps/").replace("*", "runs").replace("[./]", "/") + "x.py"

    problems = list(check_house.check_names(check_house.definitions(path, f"class {bad.name}:\n    pass\n")))

    assert [problem.text for problem in problems] == [f"class {bad.name} has a better name: {bad.better}"]


def test_check_reads_sources_of_the_working_tree(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in ("apps/told.py", "apps/runs/migrations/told.py", "told.json", "ignored/told.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('"""What."""\n')
    (tmp_path / ".gitignore").write_text("ignored/\n")

    problems = check_house.check(tmp_path)

    assert [(problem.path, problem.line) for problem in problems] == [("apps/told.py", 1)]


def test_bin_check_runs_the_rules():
    script = (Path(check_house.__file__).parent / "check").read_text()

    assert "\ncheck house .venv/bin/python bin/check_house.py\n" in script

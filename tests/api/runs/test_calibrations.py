"""The list of calibrations over real HTTP: the owner's and the site's, with what each is for."""

from apps.catalogue.recipes.calibrations import save_calibration
from apps.fusion.values import Calibration, MemberRecord


def test_calibrations_are_listed_and_a_run_names_one_of_the_sites(panel, http) -> None:
    members = (MemberRecord(model="up/oak", correct=90, items=100), MemberRecord(model="up/elm", correct=50, items=100))
    save_calibration(None, "House", Calibration(members=members, items=100, task="heights"))

    (listed,) = http.get("/api/v1/calibrations").json()["data"]
    body = {"prompt": "How high?", "strategy": "weighted", "calibration": "House", "panel": ["up/oak", "up/elm"]}
    made = http.post("/api/v1/runs", json={**body, "writer": "up/writer"})

    assert (listed["name"], listed["version"], listed["is_site"], listed["has_few"]) == ("House", 1, True, True)
    assert [(one["model"], one["correct"], one["items"]) for one in listed["members"]] == [
        ("up/oak", 90, 100),
        ("up/elm", 50, 100),
    ]
    assert (listed["task"], listed["answer_kind"], listed["certificate"]) == ("heights", "auto", None)
    assert made.status_code < 300, made.text

"""Look-ups by API: an option of its own, for keys that may."""

from apps.fusion.lookup_steps import LookupSettings
from apps.runs.models import Run
from tests.api.factories import ANSWERS


def test_look_ups_need_a_key_that_may(panel, bench, http, make_key) -> None:
    asked = {"prompt": "How high?", "panel": ["up/oak"], "web": {"fetch": True, "max_tool_calls": 2}}

    refused = http.post("/api/v1/runs", json=asked)
    body = {"model": "up/oak", "messages": [{"role": "user", "content": "How high?"}], "fusion": {"web": {}}}
    alone = http.post("/v1/chat/completions", json=body)

    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in (refused, alone)] == [
        (403, "permission_denied")
    ] * 2
    assert "permission “web”" in refused.json()["error"]["message"]
    http.headers["Authorization"] = f"Bearer {make_key('run', 'web')}"
    answer = http.post("/v1/chat/completions", json=body)
    assert answer.json()["choices"][0]["message"]["content"] == ANSWERS["oak"]
    assert Run.objects.get().recipe.web == LookupSettings()
    offered = [tool["function"]["name"] for tool in bench.upstream.ledger("oak")[0]["body"]["tools"]]
    assert offered == ["web_fetch"]  # this site has no engine
    off = http.post("/v1/chat/completions", json={**body, "fusion": {"web": {"search": False, "fetch": False}}})
    assert (off.status_code, "tools" in bench.upstream.ledger("oak")[1]["body"]) == (200, False)
    assert http.post("/api/v1/runs", json={**asked, "web": {"max_tool_calls": 17}}).status_code == 400

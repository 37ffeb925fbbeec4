"""Move what is stored to its new places, by SQL alone and in batches, so that no text passes through Python.

It may be interrupted: each batch is a transaction, and what has moved already is left as it is.
"""

from django.db import migrations, transaction

BATCH = 20_000

OUTPUTS = """
INSERT INTO runs_calloutput (call_id, text, reasoning, html, analysis, coverage)
SELECT id, text, reasoning, html, NULLIF(analysis, 'null'::jsonb), coverage FROM runs_call
WHERE id >= %(first)s AND id < %(last)s
ON CONFLICT DO NOTHING
"""

ATTEMPTS = """
INSERT INTO runs_attempt (
    call_id, ordinal, model, started_at, waited_s, http_status, failure_code, failure_sentence, billing, usage, cost,
    possible_cost
)
SELECT call.id, number - 1, one ->> 'model', to_timestamp((one ->> 'at')::float8), (one ->> 'waited_s')::float8,
    (one ->> 'status')::smallint, one -> 'failure' ->> 'code', COALESCE(one -> 'failure' ->> 'sentence', ''),
    CASE
        WHEN COALESCE((one ->> 'may_be_billed')::boolean, false) THEN 'uncertain'
        WHEN one -> 'failure' ->> 'code' IS NULL OR one ->> 'usage' IS NOT NULL OR one ->> 'cost' IS NOT NULL
            THEN 'billed'
        WHEN one -> 'failure' ->> 'code' IN ('worker_lost', 'cancelled') THEN 'billed'
        WHEN number = jsonb_array_length(call.attempts) AND (call.text <> '' OR call.reasoning <> '') THEN 'billed'
        ELSE 'not_billed'
    END,
    NULLIF(one -> 'usage', 'null'::jsonb), (one ->> 'cost')::numeric, (one ->> 'may_cost')::numeric
FROM runs_call AS call, jsonb_array_elements(call.attempts) WITH ORDINALITY AS listed (one, number)
WHERE call.id >= %(first)s AND call.id < %(last)s
ON CONFLICT DO NOTHING
"""

LOST_COST = """
UPDATE runs_attempt SET cost = call.carried
FROM runs_call AS call
WHERE call.id >= %(first)s AND call.id < %(last)s AND call.carried > 0 AND runs_attempt.id = (
    SELECT lost.id FROM runs_attempt AS lost
    WHERE lost.call_id = call.id AND lost.failure_code = 'worker_lost' AND lost.billing = 'billed'
    ORDER BY lost.ordinal DESC LIMIT 1
)
"""
"""The cost of a lost text stands on the attempt that had brought it."""

LOST_ATTEMPTS = """
INSERT INTO runs_attempt (call_id, ordinal, model, started_at, failure_code, failure_sentence, billing, cost)
SELECT call.id, (SELECT count(*) FROM runs_attempt AS one WHERE one.call_id = call.id), call.model,
    COALESCE(call.started_at, call.enqueued_at), 'worker_lost', 'The worker was lost; the call went on elsewhere.',
    'billed', call.carried
FROM runs_call AS call
WHERE call.id >= %(first)s AND call.id < %(last)s AND call.carried > 0 AND call.enqueued_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM runs_attempt AS one WHERE one.call_id = call.id AND one.cost >= call.carried)
"""
"""The same where nobody noted the attempt."""

COLUMNS = """
UPDATE runs_call SET stage = role, enqueued_at = NULLIF(enqueued_at, '2000-01-01T00:00:00Z'),
    finish_reason = NULLIF(finish_reason, ''), failure_code = NULLIF(failure_code, ''),
    cancel_code = NULLIF(cancel_code, ''), wait_reason = NULLIF(wait_reason, ''),
    cost_so_far = CASE WHEN status = 'queued' THEN NULL WHEN status = 'running' THEN cost_so_far - carried
        ELSE cost_so_far END,
    possible_extra_cost = CASE WHEN status IN ('queued', 'running') THEN possible_extra_cost + carried
        ELSE possible_extra_cost END
WHERE id >= %(first)s AND id < %(last)s AND stage = ''
"""

RUNS = """
UPDATE runs_run AS run SET answer_kind = NULLIF(answer_kind, ''), failure_code = NULLIF(failure_code, ''),
    analysis_call_id = COALESCE(
        (
            SELECT judge.id FROM runs_call AS judge JOIN runs_call AS answer ON answer.id = run.answer_call_id
            WHERE judge.run_id = run.id AND judge.role = 'judge' AND judge.analysis IS NOT NULL
                AND answer.inputs @> to_jsonb(judge.id)
            ORDER BY judge.take DESC LIMIT 1
        ),
        (
            SELECT judge.id FROM runs_call AS judge
            WHERE judge.run_id = run.id AND judge.role = 'judge' AND judge.analysis IS NOT NULL
            ORDER BY judge.take DESC LIMIT 1
        )
    )
WHERE id >= %(first)s AND id < %(last)s
"""

SHARES = """
UPDATE runs_share SET snapshot = jsonb_set(
    snapshot, '{analysis_call}',
    (
        SELECT judge -> 'id' FROM jsonb_array_elements(snapshot -> 'judges') WITH ORDINALITY AS listed (judge, number)
        WHERE judge -> 'analysis' <> 'null'::jsonb ORDER BY number DESC LIMIT 1
    )
)
WHERE id >= %(first)s AND id < %(last)s AND NOT snapshot ? 'analysis_call' AND EXISTS (
    SELECT FROM jsonb_array_elements(snapshot -> 'judges') AS judge WHERE judge -> 'analysis' <> 'null'::jsonb
)
"""
"""A share shows the analysis that it showed: the newest one."""


def move(apps, schema_editor):
    steps = [
        ("runs_call", [OUTPUTS, ATTEMPTS, LOST_COST, LOST_ATTEMPTS, COLUMNS]),
        ("runs_run", [RUNS]),
        ("runs_share", [SHARES]),
    ]
    for table, statements in steps:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT min(id), max(id) FROM {table}")
            first, newest = cursor.fetchone()
            while first is not None and first <= newest:
                with transaction.atomic():
                    for statement in statements:
                        cursor.execute(statement, {"first": first, "last": first + BATCH})
                first += BATCH


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("runs", "0011_rows_of_a_call"),
    ]

    operations = [
        migrations.RunPython(move),
    ]

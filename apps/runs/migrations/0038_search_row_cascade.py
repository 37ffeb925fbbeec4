"""A search row goes with its run in the database itself.

The sweep may write a row while the run is being deleted: between the deletion of its row and its own. What locks the
run first (`erase_run`) is safe from that; the deletion of an account, which deletes the runs by their owner, is not.
"""

from django.db import migrations

FOREIGN_KEY = """
DO $$
DECLARE found text;
BEGIN
    SELECT conname INTO STRICT found FROM pg_constraint
        WHERE conrelid = 'runs_searchrow'::regclass AND confrelid = 'runs_run'::regclass AND contype = 'f';
    EXECUTE format('ALTER TABLE runs_searchrow DROP CONSTRAINT %I', found);
    EXECUTE format(
        'ALTER TABLE runs_searchrow ADD CONSTRAINT %I FOREIGN KEY (run_id) REFERENCES runs_run (id)'
        ' ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED', found
    );
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0037_claims"),
    ]

    operations = [
        migrations.RunSQL(FOREIGN_KEY, migrations.RunSQL.noop),
    ]

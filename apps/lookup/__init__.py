"""Looking things up on the web: search engines, pages as text, and what may be opened. No Django.

The door is :class:`apps.lookup.door.Lookups`. The loop of a call that looks things up: ``apps/runs/execution``; the
settings of the site and the cache in the database: ``apps/catalogue/lookup``.
"""

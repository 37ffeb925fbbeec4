"""Looking things up on the web: search engines, pages as text, and what may be opened. No Django.

The way in is :class:`apps.lookup.client.Lookups`. The loop of a call that looks things up: ``apps/runs/execution``; the
settings of the site and the cache in the database: ``apps/catalogue/lookup``.
"""

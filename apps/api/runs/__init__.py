"""The runs API in our own words: `/api/v1/runs`."""

"""Looking things up with the site's settings and database: its engine, its rules, and what it keeps of results."""

"""People's additions to a run: rulings on the points of its analyses, and ratings of its answers."""

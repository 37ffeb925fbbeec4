"""People's additions to a run: rulings on the points of its analyses, ratings of its answers, and blind votes."""

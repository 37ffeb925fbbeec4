"""People's additions to a run: their rulings on the points of its analyses."""

"""What people add to a run: their rulings on the points of its analyses."""

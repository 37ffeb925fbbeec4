"""The leaderboard of a person's blind votes."""

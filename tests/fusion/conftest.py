"""Property tests are not timed: a busy machine is no counterexample. What must be fast has a test of its own."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

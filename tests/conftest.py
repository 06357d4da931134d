"""What holds for all tests."""

from hypothesis import settings

# A machine that is busy is no failure: what must be quick is measured in CPU time.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

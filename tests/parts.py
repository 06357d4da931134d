"""What a test needs from the machine, and what happens when it is missing."""

import os

import pytest


def require_or_skip(present: object, what: str) -> None:
    """Skip the calling test when a part is missing; fail where all parts are required.

    present: truthy when the part is there. what: the part and how to install it.
    SMFOSC_REQUIRE_ALL=1 (continuous integration) turns the skip into a failure, so
    that a part which silently stopped being installed is noticed.
    """
    if present:
        return
    if os.environ.get("SMFOSC_REQUIRE_ALL") == "1":
        pytest.fail(f"SMFOSC_REQUIRE_ALL=1 but missing: {what}")
    pytest.skip(f"missing: {what}")

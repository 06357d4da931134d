"""What holds for all tests."""

import signal

from hypothesis import settings

# A machine that is busy is no failure: what must be quick is measured in CPU time.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# A shell starts its background jobs deaf to Ctrl-C, and programs started from there are too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""What a run shows while it works."""

import re
import time

from trainer.cli_run import _bar, _show
from trainer.stage import Progress


def test_a_bar_tells_rate_and_time_left_and_its_rate_counts_from_where_the_run_goes_on():
    with _bar("rnn", Progress(401, 1000)) as bar:
        time.sleep(0.1)
        _show(bar, Progress(411, 1000, text="loss 1.250"))
        told = re.fullmatch(
            r"rnn:  41%.* 411/1000 \[00:00<(\d\d):(\d\d), ([\d.]+)step/s, loss 1\.250\]", str(bar)
        )
    assert told, str(bar)
    assert 0 < float(told[3]) <= 11 / 0.1  # 411 in that time would be thousands
    assert 60 * int(told[1]) + int(told[2]) >= 589 / 110 - 1


def test_a_note_stays_above_the_bar(capsys):
    with _bar("gan", Progress(1, 2)) as bar:
        _show(bar, Progress(2, 2, note="collapse: one sound"))
    assert "collapse: one sound" in capsys.readouterr().out

"""What a run is worth, measured: every figure of a run as JSON and as one page with pictures.

`run.py` goes through the measures (`MEASURES`), each a module of its own that turns a `Studio`, the
run's files and the sounds its model plays, into plain values, or says why it cannot: `Absent`.
Sound comes from `smfosc render` as a process: what is measured is what is heard. `listening` is for
what only ears can judge.
"""

"""Where clips come from: folders of recordings, NSynth, a SoundFont's reed and brass, textures.

A source lists its takes and renders one of them; `build` does the rest for all: levels, splits,
writes, in parallel, and goes on where it was stopped.
"""

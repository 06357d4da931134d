"""One process of a tiny run: `one_of_two.py SOUNDS OUT` writes its losses to OUT."""

import json
import sys
from pathlib import Path

from tiny_gan import CONFIG, SmallPictures

import trainer.gan.train
from trainer.team import join

trainer.gan.train.representation = lambda name: SmallPictures()
sounds, out = map(Path, sys.argv[1:])
reports = [state.losses for state in trainer.gan.train.run(CONFIG, sounds, out)]
(out / f"losses{join().rank}.json").write_text(json.dumps(reports))

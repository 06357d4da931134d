"""The stages there are, in their order, and how each is put to work on a run's folders.

Each module says what its stage reads and makes, and calls the part of the factory that does it.
What is heavy is imported where it is used: `smf-train --help` must not wait for torch.
"""

from trainer.stage import Stage
from trainer.stages import dataset, evaluate, export, gan, grid, latents, mesh, rnn

REGISTRY: dict[str, Stage] = {
    module.STAGE.name: module.STAGE
    for module in (dataset, gan, latents, mesh, grid, rnn, export, evaluate)
}

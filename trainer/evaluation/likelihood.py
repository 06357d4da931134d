"""Bits per sample on held-out clips: how well the network foretells sound that it never saw."""

from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from smfosc.model_file import mulaw_decode
from trainer.checkpoint import averaged_network, load
from trainer.clips import Clips, read_metadata
from trainer.clips import load as load_clips
from trainer.evaluation.material import Absent, Studio, spread
from trainer.network import SampleRnn

NAME = "likelihood"
MOST = 32  # clips
SETTLED = 64  # samples, not judged: the zero state knows nothing of the tone yet


def measure(studio: Studio) -> dict[str, Any]:
    """Teacher-forced, the averaged weights of best.pt. Raises TrainerError for an odd dataset."""
    data = studio.require("learned", "held-out clips")
    if all(row.get("split") != "validation" for row in read_metadata(data)):
        raise Absent(f"no clip of {data.name} was held out")
    checkpoint = load(studio.require("checkpoint", "rnn/best.pt"))
    network = averaged_network(checkpoint)
    clips = load_clips(data, "validation", levels=network.config.levels)
    chosen = spread(len(clips), min(MOST, len(clips)))
    frames = min(studio.config.held_out_samples, clips.codes.shape[1])
    tracks = {number: track[chosen] for number, track in clips.tracks.items()}
    codes, values = clips.codes[chosen, :frames], clips.parameters[chosen]
    some = Clips(codes, values, clips.ranges, tracks=tracks)
    return {
        "clips": len(some),
        "samples": len(some) * (frames - SETTLED),
        "bits_per_sample": round(bits_per_sample(network, some), 4),
        "of_a_code": round(float(np.log2(network.config.levels)), 4),
        "step": checkpoint.step,
    }


@torch.inference_mode()
def bits_per_sample(network: SampleRnn, clips: Clips) -> float:
    """Mean -log2 of the probability of each code given all before it; after SETTLED."""
    codes = clips.codes.astype(np.int64)
    before = mulaw_decode(codes[:, :-1], network.config.levels)
    span = np.broadcast_to(np.arange(1, codes.shape[1]), before.shape)
    held = clips.moving(np.arange(len(codes)), span)
    inputs = np.concatenate([before[..., None], held], axis=2).astype(np.float32)
    steps = torch.from_numpy(np.ascontiguousarray(inputs.transpose(1, 0, 2)))
    logits, _ = network(steps, network.zero_state(len(codes)))
    judged, targets = logits[SETTLED - 1 :], torch.from_numpy(codes[:, SETTLED:].T.copy())
    nats = cross_entropy(judged.reshape(-1, judged.shape[-1]), targets.reshape(-1))
    return float(nats) / float(np.log(2))

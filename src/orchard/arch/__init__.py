"""What a model costs: parameters, floating-point operations and bytes, as pure functions.

Every function takes an architecture of :mod:`orchard.spec.architecture`; lengths are numbers or NumPy
arrays and broadcast. Nothing here knows a chip, a price or a date.

parameters   how many weights, by part
flops        operations per token of a language model
video        operations per clip of a video model
cache        bytes a token leaves behind while serving
memory       bytes of weights, gradients and optimiser state
activations  bytes kept between forward and backward
"""

from orchard.arch.activations import activation_bytes, logits_bytes
from orchard.arch.cache import cache_bytes, cache_bytes_per_token, state_bytes
from orchard.arch.flops import (
    Flops,
    decode_flops,
    forward_flops,
    hardware_training_flops,
    training_flops,
)
from orchard.arch.memory import (
    FORMATS,
    OPTIMISERS,
    NumberFormat,
    Optimiser,
    gradient_bytes,
    optimiser_bytes,
    weight_bytes,
)
from orchard.arch.parameters import Parameters, parameters
from orchard.arch.video import (
    VideoFlops,
    clip_flops,
    video_forward_flops,
    video_training_flops,
)

__all__ = [
    "FORMATS",
    "OPTIMISERS",
    "Flops",
    "NumberFormat",
    "Optimiser",
    "Parameters",
    "VideoFlops",
    "activation_bytes",
    "cache_bytes",
    "cache_bytes_per_token",
    "clip_flops",
    "decode_flops",
    "forward_flops",
    "gradient_bytes",
    "hardware_training_flops",
    "logits_bytes",
    "optimiser_bytes",
    "parameters",
    "state_bytes",
    "training_flops",
    "video_forward_flops",
    "video_training_flops",
    "weight_bytes",
]

"""After pretraining: finetuning on instructions, preferences, rewards, each run by the loop as a task.

In the order in which they read::

    answers      conversations as tensors, log-probabilities of what the assistant says
    packed       attention inside packed conversations
    finetuning   cross-entropy of the assistant's words
    preferences  direct preference optimisation (DPO)
    rewards      group-relative policy optimisation (GRPO)
    identity     which weights and items a checkpoint belongs to
    stages       what a pipeline calls: finetune, prefer, reward, or align for all three
"""

from orchard.train.align.stages import Aligned, Begun, align, finetune, prefer, reward

__all__ = ["Aligned", "Begun", "align", "finetune", "prefer", "reward"]

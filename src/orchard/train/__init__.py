"""Really train: the loop, its checkpoints and parallelism, and what is trained by it. Torch lives here."""

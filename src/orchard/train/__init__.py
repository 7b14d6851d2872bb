"""Really train: the loop, its checkpoints and parallelism, and what is trained by it. Torch lives here.

Read in this order: `task` (what is trained), `loop` (steps, guards, checkpoints), then what it calls:
`schedule`, `optimiser`, `gradients`, `guards`, `stop`, `metrics`, `progress`, `probe`; `checkpoint` and
`writer` (what lies on the disk, and how it gets there); `parallel`, `tensors` and `launch` (several
processes), `ray` (a cluster); `folder` (where it all lies). `order` and `pipeline` lead from a programme to a
model; `accounts` is what they write into the ledger.
"""

"""One model on several processes: who has which samples, how weights are cut, what is added up.

Weights, gradients and the optimiser's memory are cut over the data-parallel processes, block by block
(FSDP, Zhao et al. 2023; torch's ``fully_shard``). With `tensor_parallel` above 1 the matrices of a block
are also cut over neighbouring processes, projections in by columns and projections out by rows
(Shoeybi et al. 2019); names are those of transformers' Llama, whose layers here work with such parts
themselves (:func:`orchard.train.tensors.parts`). gloo carries it between processors,
NCCL between GPUs. FP8 is not used: it cannot be tested on the machines this is developed on.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from orchard.errors import Finding, TrainError

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

# Projections whose outputs, and whose inputs, are cut over tensor-parallel processes.
BY_COLUMNS = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
BY_ROWS = ("o_proj", "down_proj")
# Where local workers meet: a file, so that no port is opened for it.
MEETING = "ORCHARD_MEETING"


class Processes(NamedTuple):
    """The processes that train one model together; this one's number is `rank`.

    `replicas` is the data parallelism, and `replica` the number of this process's own.
    """

    rank: int = 0
    world: int = 1
    device: str = "cpu"
    tensor_parallel: int = 1
    mesh: DeviceMesh | None = None

    @property
    def replicas(self) -> int:
        """Copies of the model that learn from different samples."""
        return self.world // self.tensor_parallel

    @property
    def replica(self) -> int:
        """Number of the copy that this process is part of."""
        return self.rank // self.tensor_parallel

    def share(self, samples: int) -> range:
        """Samples of a step that this process learns from.

        >>> Processes(rank=1, world=2).share(8)
        range(4, 8)

        Raises
        ------
        TrainError
            O827: samples that cannot be shared out evenly
        """
        if samples % self.replicas:
            found = f"{samples} samples a step for {self.replicas} processes"
            raise TrainError(
                Finding("O827", "", "", found, "a multiple", "another number of workers, or of tokens a step")
            )
        each = samples // self.replicas
        return range(self.replica * each, (self.replica + 1) * each)

    def add(self, values: Sequence[float]) -> list[float]:
        """Sums over the replicas of figures that each has; a whole replica counts once."""
        if self.world == 1:
            return list(values)
        import torch.distributed as dist

        held = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(held)
        return [value / self.tensor_parallel for value in held.tolist()]

    def gather(self, part: Tensor) -> Tensor:
        """Parts of equal shape of all processes, one after the other along the first dimension."""
        if self.world == 1:
            return part
        import torch.distributed as dist

        part = part.contiguous()
        full = part.new_empty(self.world * part.shape[0], *part.shape[1:])
        dist.all_gather_single(full, part)
        return full

    def barrier(self) -> None:
        """Wait for all."""
        if self.world > 1:
            import torch.distributed as dist

            dist.barrier()


def join(tensor_parallel: int = 1) -> Processes:
    """Join the processes that RANK and WORLD_SIZE speak of, as torchrun and Ray set them; else be alone.

    Alone nothing is cut, whatever `tensor_parallel` says.

    Raises
    ------
    TrainError
        O827: processes that cannot be shared out over tensor parallelism
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    device = _device()
    if world == 1:
        return Processes(device=device)
    if world % tensor_parallel:
        found = f"tensor_parallel {tensor_parallel} with {world} processes"
        raise TrainError(Finding("O827", "", "training.tensor_parallel", found, "a divisor of the processes"))
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    rank = int(os.environ["RANK"])
    if device != "cpu":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    if not dist.is_initialized():
        backend = "gloo" if device == "cpu" else "nccl"
        dist.init_process_group(backend, init_method=os.environ.get(MEETING), rank=rank, world_size=world)
    shape = (world // tensor_parallel, tensor_parallel)
    mesh = init_device_mesh(device, shape, mesh_dim_names=("data", "tensor"))
    return Processes(rank, world, device, tensor_parallel, mesh)


@contextmanager
def loss_told(processes: Processes) -> Iterator[None]:
    """Say in words that another process was lost: whoever waits for it hears of a broken connection.

    Raises
    ------
    TrainError
        O829
    """
    try:
        yield
    except RuntimeError as error:
        words = (
            "Connection closed",
            "Connection reset",
            "Broken pipe",
            "imed out",
            "timeout",
            "NCCL communicator",
        )
        if processes.world == 1 or not any(word in str(error) for word in words):
            raise
        hint = "the same command goes on from the newest checkpoint"
        found = "another process of this run was lost"
        raise TrainError(Finding("O829", "", "", found, "processes that live", hint)) from None


def leave() -> None:
    """Leave the other processes; does nothing alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        import torch.distributed as dist

        if dist.is_initialized():
            dist.destroy_process_group()


def cut(model: nn.Module, blocks: Sequence[nn.Module], processes: Processes) -> None:
    """Cut the weights of a model over the processes, in place; all of them hold the same model before.

    Raises
    ------
    TrainError
        O827: tensor parallelism of a model without projections of the names above
    """
    model.to(processes.device)
    if processes.mesh is None:
        return
    from torch.distributed.fsdp import fully_shard

    # Nothing changes what a block returns in place, which is what torch warns of.
    warnings.filterwarnings("ignore", message="FSDP2-wrapped module", category=UserWarning)
    if processes.tensor_parallel > 1:
        _cut_matrices(blocks, processes.mesh["tensor"])
    for block in blocks:
        fully_shard(block, mesh=processes.mesh["data"])
    fully_shard(model, mesh=processes.mesh["data"])


def _cut_matrices(blocks: Sequence[nn.Module], mesh: DeviceMesh) -> None:
    from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

    for block in blocks:
        plan: dict[str, Any] = {}
        for name, _ in block.named_modules():
            last = name.rpartition(".")[2]
            if last in BY_COLUMNS:
                plan[name] = ColwiseParallel()
            elif last in BY_ROWS:
                plan[name] = RowwiseParallel()
        if not plan:
            found = f"a model without {', '.join(BY_COLUMNS + BY_ROWS)}"
            raise TrainError(Finding("O827", "", "training.tensor_parallel", found, "1"))
        parallelize_module(block, mesh, plan)


def add_up_at(model: nn.Module, last: bool) -> None:
    """Say whether the next backward pass adds gradients up over the processes: the last of a step does."""
    wanted: Callable[[bool], None] | None = getattr(model, "set_requires_gradient_sync", None)
    if wanted is not None:
        wanted(last)


def let_go(model: nn.Module) -> None:
    """Let go of weights that were gathered for a forward pass no backward pass followed: they grow stale."""
    wanted: Callable[[], None] | None = getattr(model, "reshard", None)
    if wanted is not None:
        wanted()


def recompute(blocks: Sequence[nn.Module]) -> None:
    """Compute the activations of blocks again in the backward pass (Chen et al. 2016), to save memory."""
    from torch.utils.checkpoint import checkpoint

    for block in blocks:
        if not isinstance(block.forward, partial):  # once, however many stages train the model
            block.forward = partial(checkpoint, block.forward, use_reentrant=False)


def _device() -> str:
    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if "RANK" in os.environ else "cuda:0"

"""A program of its own: llama.cpp serves one GGUF file on 127.0.0.1 until its standard input ends.

Run as ``python server.py FILE CONTEXT``. It prints one line of JSON with the address, or with what went
wrong, and ends when whoever started it closes the pipe or is gone. llama.cpp ends its whole process on
some files it cannot use, so it never runs inside Orchard's own.
"""

import json
import os
import sys


def _serve(path: str, context: int) -> None:
    """Serve a file; the first line printed says where."""
    import xllamacpp  # type: ignore[import-untyped]

    answers = os.dup(1)
    os.dup2(2, 1)  # what llama.cpp prints is no answer
    wanted = xllamacpp.CommonParams()
    wanted.model.path = path
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.offline = True
    wanted.n_ctx = context
    wanted.n_parallel = 1
    wanted.n_gpu_layers = 0
    wanted.cpuparams.n_threads = 1
    wanted.cpuparams_batch.n_threads = 1
    wanted.warmup = False
    wanted.ui = False
    wanted.use_jinja = True
    wanted.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    wanted.cache_type_k = wanted.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    try:
        server = xllamacpp.Server(wanted)
        found = {"address": server.listening_address}
    except Exception as error:
        found = {"fault": str(error)}
    os.write(answers, (json.dumps(found) + "\n").encode())
    os.close(answers)
    if "address" in found:
        sys.stdin.buffer.read()  # until the pipe is closed
    os._exit(0)  # threads of the server have nothing to save


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))

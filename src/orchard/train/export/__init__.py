"""A trained model for other programs: safetensors as transformers reads them, GGUF as llama.cpp does.

Read in this order: `model` (what is exported), `config` (the architecture as config.json), `folder` (files
appear whole or not at all), `huggingface` (a folder of safetensors, written), `reading` (and read back),
`quantise` (weights of fewer bits), `gguf_file` (one GGUF file), `server` (llama.cpp as a program of its
own), `llama` (talks to it), `texts` (what it is asked), `verify` (log-probabilities, tokens and chat
template compared), `fresh` and `source` (which weights of a run are taken), `conversation` and `voices`
(talking to a model).
"""

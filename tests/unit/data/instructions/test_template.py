"""One template: Python, Jinja and transformers write the same conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.data.instructions import TEMPLATE, Turn, render
from orchard.data.tokenizer import BEGIN

if TYPE_CHECKING:
    from orchard.data.tokenizer import Tokenizer

CONVERSATIONS = st.lists(
    st.builds(Turn, st.sampled_from(("system", "user", "assistant")), st.text(max_size=30)), max_size=4
)
_COMPILED = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(TEMPLATE)


def by_jinja(turns: list[Turn], answer: bool) -> str:
    messages = [{"role": role, "content": text} for role, text in turns]
    return _COMPILED.render(messages=messages, add_generation_prompt=answer, bos_token=BEGIN)


@given(CONVERSATIONS, st.booleans())
def test_python_writes_what_jinja_writes(turns: list[Turn], answer: bool) -> None:
    assert render(turns, answer) == by_jinja(turns, answer)


@pytest.fixture(scope="module")
def oracle(tokenizer: Tokenizer):
    transformers = pytest.importorskip("transformers")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer.path), bos_token=BEGIN, chat_template=TEMPLATE
    )


def test_transformers_writes_the_same(oracle) -> None:
    turns = [
        Turn("system", "Be brief."),
        Turn("user", " Who?\n"),
        Turn("assistant", "I."),
        Turn("user", "Why?"),
    ]
    messages = [{"role": role, "content": text} for role, text in turns]
    for answer in (False, True):
        written = oracle.apply_chat_template(messages, tokenize=False, add_generation_prompt=answer)
        assert written == render(turns, answer)


@settings(max_examples=60, deadline=None)
@given(turns=CONVERSATIONS.filter(bool))
def test_tokens_are_those_of_the_written_text(turns: list[Turn], tokenizer: Tokenizer, oracle) -> None:
    """Head, empty line and words are cut apart as if they were encoded together."""
    from orchard.data.instructions import encode, encode_prompt

    clean = [Turn(role, text.replace("<|", "< ")) for role, text in turns]
    written = oracle(render(clean), add_special_tokens=False)["input_ids"]
    assert encode(clean, tokenizer).ids.tolist() == written
    prompt = oracle(render(clean, answer=True), add_special_tokens=False)["input_ids"]
    assert encode_prompt(clean, tokenizer) == prompt

"""How a conversation is written: one template, for training, for chat and for every export.

The layout and its special tokens are those of Llama 3, so that engines which know that family know ours.
:data:`TEMPLATE` is the Jinja text that exports carry; :func:`render` is the same in Python, and a test
holds the two equal, by Jinja and by transformers. Whitespace around a turn's text is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchard.data.instructions.turn import Turn
from orchard.data.tokenizer import BEGIN, HEADED, HEADER, TURN_END

# The generation prompt is what an answer is continued from.
TEMPLATE = (
    "{{- bos_token }}"
    "{%- for message in messages %}"
    "{{- '" + HEADER + "' + message['role'] + '" + HEADED + "\\n\\n'"
    " + message['content'] | trim + '" + TURN_END + "' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}"
    "{{- '" + HEADER + "assistant" + HEADED + "\\n\\n' }}"
    "{%- endif %}"
)


def render(turns: Sequence[Turn], answer: bool = False) -> str:
    r"""Text of a conversation; with `answer`, followed by the opening of an assistant's turn.

    >>> render([Turn("user", " Hello. ")], answer=True)
    '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n'
    """
    parts = [f"{HEADER}{role}{HEADED}\n\n{text.strip()}{TURN_END}" for role, text in turns]
    opening = f"{HEADER}assistant{HEADED}\n\n" if answer else ""
    return "".join([BEGIN, *parts, opening])

"""A conversation is a tuple of turns."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Turn(NamedTuple):
    """One turn of a conversation; `role` is system, user or assistant."""

    role: str
    text: str


Conversation: TypeAlias = tuple[Turn, ...]

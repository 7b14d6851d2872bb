"""Texts that an export is compared on: what tokenizers and models stumble over."""

from __future__ import annotations

# Prose, for log-probabilities.
PROMPTS = (
    "Fellow citizens of the Senate and of the House of Representatives:",
    "To be, or not to be, that is the question: whether 'tis nobler in the mind",
    "The capital of the country is",
    "In 1790 there were 13 states and 3,929,214 people; in 1800 there were 16.",
    "def area(radius):\n    return 3.14159 * radius ** 2\n",
    "  Two  spaces,\ta tab,\r\n\r\nand an empty line.",
    "Ünïcode: naïve café, Ελλάδα, Москва, 東京, 한국, नमस्ते 🙂👩‍🚀",
    "a",
)

# For tokenizers: each comes back as the same ids.
TOKENISED = (
    *PROMPTS,
    "",
    " ",
    "\n",
    " \n \n\n  \n",
    "I'm you're he'll we'd they've it's don'T CAN'T",
    "1 12 123 1234 12345 3.14159 1,000,000 0x1F 1e-9 ½ ² ٣",
    "for i in range(10):\n\tif x[i] != y['k']: print(f\"{x:>8.3f}\") # ok\n",
    '<html><body class="a b">&amp; &lt;</body></html>',
    "<|begin_of_text|> <|eot_id|> written as text, not meant",
    "word\u00a0word\u2009thin\u3000wide \u200bzero",
    "🙂 🏳️‍🌈 👍🏽 e\u0301 é \u202eright to left\u202c",
    "x" * 100 + " " + "=" * 70 + " " + " " * 40 + ".",
    "tail of spaces   ",
    "MixedCASE snake_case kebab-case camelCase ALLCAPS",
    "\x00\x01\x7f control",
)

# For the chat template: each is rendered to the same text and the same ids.
CONVERSATIONS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("user", "What is the capital of France?"),),
    (("system", "Answer in one word."), ("user", "Is water wet?")),
    (("user", "Hello."), ("assistant", "Hello. How can I help?"), ("user", "  Count to 3:\n1, 2,  ")),
    (("user", "naïve 🙂 1,234 def f(x): return x"),),
)

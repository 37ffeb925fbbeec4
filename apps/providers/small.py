"""How to talk to very small local models: a completion template for base models, and sampling against loops.

The figures were chosen by measurement on SmolLM2-135M-Instruct and Gemma-3-270M (base) with llama.cpp.
"""

from collections.abc import Sequence

from apps.fusion.values import Message

BASE_TEMPLATE = """\
Below are questions, each with a short and correct answer of two or three sentences.

Question: How do I keep bread fresh?
Answer: Keep it in a paper bag or a bread box at room temperature. Sliced bread can be frozen for up to three months.

Question: Who painted the Mona Lisa?
Answer: Leonardo da Vinci painted it in Florence between 1503 and 1506. It hangs in the Louvre in Paris.

Question: {question}
Answer:"""

BASE_STOP = ("\nQuestion:", "\n\n", "<start_of_image>")
"""Where a base model, which would go on inventing questions for ever, is stopped."""

BASE_SAMPLING = {"repeat_penalty": 1.1, "repeat_last_n": 128}
SMALL_SAMPLING = {"repeat_penalty": 1.1, "repeat_last_n": 128}
"""llama.cpp's parameters; other servers ignore them."""


def base_prompt(messages: Sequence[Message]) -> str:
    """The conversation as the beginning of a text whose natural continuation is the answer."""
    turns = [message for message in messages if message.role != "system"]
    return BASE_TEMPLATE.format(question=" ".join(turns[-1].text.split()))

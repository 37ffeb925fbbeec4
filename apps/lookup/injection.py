"""Texts that look like instructions to a model: a warning beside the page, which is never dropped for it.

Most injections in the wild are a few templates. Those who write a new one are not found here; what holds against them
is that tools only read, and that no page can make a model open an address (``addresses.py``).
"""

import re

MAX_CHARS = 200_000
OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any"
    r"|your|system)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules?|directions?|guidelines?|context)\b",
    re.IGNORECASE,
)
ADDRESSED = re.compile(
    r"\b(?:attention|note|message|instructions?|important)\b[^.\n]{0,20}\b(?:to|for)\b[^.\n]{0,20}\b(?:ai|llms?|chatbots?"
    r"|language models?|assistants?|agents?)\b",
    re.IGNORECASE,
)
ROLE = re.compile(
    r"\byou are (?:now|no longer)\b[^.\n]{0,30}\b(?:ai|assistant|model|dan|unrestricted|jailbroken|admin\w{0,12})\b",
    re.IGNORECASE,
)
SECRECY = re.compile(
    r"\b(?:do not|don't|don’t|never)\b[^.\n]{0,10}\b(?:tell|inform|mention|reveal)\b[^.\n]{0,30}\b(?:user|human"
    r"|person)\b",
    re.IGNORECASE,
)
LEAK = re.compile(
    r"\b(?:reveal|print|repeat|send|output|exfiltrate)\b[^.\n]{0,30}\b(?:system prompt|api key|your instructions"
    r"|password|chat history|conversation)\b",
    re.IGNORECASE,
)
MARKS = re.compile(r"<\|(?:im_start|im_end|system|endoftext)\|>|\[/?INST\]|<</?SYS>>|</?system>", re.IGNORECASE)
OTHERS = re.compile(
    r"ignorier\w{0,4}[^.\n]{0,30}anweisung|ignore[sz]?[^.\n]{0,30}instructions précédentes"
    r"|ignora[^.\n]{0,30}instrucciones|игнорируй\w{0,4}[^.\n]{0,40}инструкци|忽略[^。\n]{0,20}(?:指令|指示|提示)"
    r"|以前の指示を無視",
    re.IGNORECASE,
)
TEMPLATES = (OVERRIDE, ADDRESSED, ROLE, SECRECY, LEAK, MARKS, OTHERS)
MAX_QUOTE = 80


def injection_warnings(text: str) -> tuple[str, ...]:
    """Return a sentence for each kind of known template in a text, with the words that look like it."""
    found = (template.search(text[:MAX_CHARS]) for template in TEMPLATES)
    words = [" ".join(match[0].split())[:MAX_QUOTE] for match in found if match]
    return tuple(f"Contains words that look like instructions to a model: “{one}”." for one in words)

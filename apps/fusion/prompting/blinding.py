"""Answers as judge and writer read them: without the names by which models call themselves, and nothing hidden.

A judge that reads "As Claude, I …" is no longer blind. Only sentences in which a model introduces itself are touched:
elsewhere these names are what an answer is about.
"""

import re

HIDDEN = "name"
"""The word that stands in brackets where a name stood."""

_NAMES = (
    r"(?:Claude(?:[ -](?:\d[\w.]*|Opus|Sonnet|Haiku|Instant))*|Anthropic|ChatGPT(?:-\d[\w.]*)?|"
    r"GPT-?\d?[\w.-]*|OpenAI|Gemini(?: (?:Ultra|Pro|Flash|Nano|\d[\w.]*))*|Google(?: DeepMind)?|DeepMind|"
    r"Bard|Gemma(?: \d[\w.]*)?|Llama[ -]?\d?[\w.]*|LLaMA[ -]?\d?[\w.]*|Meta(?: AI)?|Mistral(?: (?:AI|"
    r"Large|Small|Medium))*|Mixtral[\w.-]*|Qwen[\w.-]*|QwQ[\w.-]*|Tongyi(?: Qianwen)?|Alibaba(?: Cloud)?|"
    r"通义千问|阿里(?:巴巴|云)|DeepSeek[\w.-]*|深度求索|Grok[ -]?\d?|xAI|(?:Microsoft )?Copilot|Microsoft|"
    r"Phi[ -]?\d[\w.-]*|Command[ -][RA]\+?|Cohere|(?:Amazon )?Nova(?: (?:Pro|Lite|Micro))?|Amazon|"
    r"Kimi[\w .-]{0,4}|Moonshot(?: AI)?|月之暗面|(?:Chat)?GLM[\w.-]*|Zhipu(?: AI)?|智谱(?:AI)?|Z\.ai|"
    r"Ernie(?: Bot)?|Baidu|文心一言|百度|MiniMax|Hunyuan|Tencent|Doubao|ByteDance|豆包|字节跳动|"
    r"Nemotron[\w.-]*|NVIDIA|Nvidia|SmolLM\d?[\w.-]*|Hugging ?Face|Falcon[ -]?\d*\w?|OLMo[\w.-]*|Ai2|"
    r"Granite[ -]?\d?[\w.]*|IBM|Jamba[\w .]{0,4}|AI21(?: Labs)?|Perplexity(?: AI)?|Sonar|Apertus|"
    r"YandexGPT[\w .-]{0,4}|Yandex|Яндекс\w*|GigaChat|Гигачат|Sber\w*|"
    r"Reka(?: \w+)?|Inflection(?: AI)?|EXAONE|Solar|Upstage|Vicuna|Alpaca|Bing(?: Chat)?|LLM)"
)
_FILL = (
    r"(?:[\s,\uff0c、—–(\[*_\"“”-]{1,4}(?:an?|the|o|le|la|el|il|large|language|vision|multimodal|model|models|AI|artificial|"
    r"intelligence|assistant|chatbot|bot|helpful|called|named|known|as|trained|created|developed|made|"
    r"built|designed|provided|by|from|at|of|version|based|on|and|family|ein|eine|einer|einem|das|der|von|"
    r"vom|namens|großes|Sprachmodell|KI|Modell|Assistent|entwickelt|trainiert|erstellt|wurde|und|un|une|"
    r"modèle|de|langage|par|créé|développé|entraîné|nommé|un|una|modelo|lenguaje|por|creado|desarrollado|"
    r"entrenado|llamado|modello|linguaggio|creato|sviluppato|da|di|um|uma|linguagem|criado|desenvolvido|"
    r"treinado|由|开发的|训练的|一个|大型|语言|模型|人工智能|助手|が|によって|開発された|という|модель|"
    r"языковая|созданная|разработанная|компанией|обученная)){0,14}[\s,\uff0c、—–(\[*_\"“”]{0,4}"
)
_SELF = (
    r"(?:\b(?:[Ii]['’]m|I am|[Ii] was|[Mm]y name is|[Cc]all me|[Tt]his is|[Ii]ch bin|[Ii]ch wurde|"
    r"[Mm]ein Name ist|[Ii]ch heiße|[Jj]e suis|[Jj]e m['’]appelle|[Ss]oy|[Mm]e llamo|[Ss]ono|[Mm]i chiamo|"
    r"[Ss]ou|[Mm]eu nome é|Я|[Мм]еня зовут)\b|我是|我叫|我由|私は|僕は)"
)
_AS = r"(?:\b(?:As|as|Als|als|En tant que|en tant que|Como|como|In quanto|Come|Как|作为)\b)"
_INTRODUCTION = re.compile(
    rf"{_SELF}{_FILL}{_NAMES}(?:{_FILL}{_NAMES}){{0,3}}(?![^\W\u3040-\u30ff\u3400-\u9fff]|-)"
    # "As Claude I …", "Als Claude sage ich"; but "as Google grew, …" is about something else.
    rf"|{_AS}{_FILL}{_NAMES}(?:{_FILL}{_NAMES}){{0,3}}(?=\)?\s*[,\uff0c(]|\)?\s+(?:(?:\w+\s+)?ich|I|je|yo|io|eu|я)\b)"
    rf"|\b(?:I|[Ii]ch|[Jj]e|[Yy]o|[Ii]o|[Ee]u|Я), {_NAMES}(?=,)|\n[—–]\s?{_NAMES}(?=[\s.]*\Z)"
    rf"|\b[Mm]y (?:maker|creator|developer|training|knowledge)s?(?: data| cutoff)?\b{_FILL}"
    rf"(?:is |are |at |comes from )?{_NAMES}"
)
_NAME = re.compile(_NAMES)
_INVISIBLE = re.compile(
    "[\u200b\u2060\ufeff\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    # Tags spell the name of a region behind a black flag, and nothing anywhere else.
    "|(?<!\N{WAVING BLACK FLAG})(?<![\U000e0020-\U000e007e])[\U000e0000-\U000e007f]+"
)


def blinded(text: str) -> str:
    """Return an answer with the names masked by which its author introduces itself."""
    return _INTRODUCTION.sub(lambda match: _NAME.sub(f"[{HIDDEN}]", match.group()), text)


def visible(text: str) -> str:
    """Return a text without characters that nobody sees: of no width, of direction, tags outside of flags."""
    return _INVISIBLE.sub("", text)

"""Makers and families of models, as data: who made a model, and which models are siblings.

A panel is diverse when its makers differ; two slots of one family tend to make the same mistakes.
"""

import re

MAKERS = (
    # What a model's own name says, then the vendor prefix of a routing id ("x-ai/…"). The first match wins.
    ("Anthropic", r"claude", r"anthropic"),
    ("OpenAI", r"gpt|chatgpt|o[1-9](?:-|$)|davinci|codex", r"openai"),
    ("Google", r"gemini|gemma|palm|learnlm", r"google"),
    ("Hugging Face", r"smollm|zephyr", r"huggingface(?:tb|h4)?"),
    ("NVIDIA", r"nemotron", r"nvidia"),
    ("Nous Research", r"hermes|nous", r"nousresearch"),
    ("DeepSeek", r"deepseek", r"deepseek(?:-ai)?"),
    ("Meta", r"(?:meta-)?llama", r"meta(?:-llama)?"),
    ("Mistral AI", r"(?:open-)?(?:mistral|mixtral)|ministral|codestral|devstral|magistral|pixtral", r"mistral(?:ai)?"),
    ("Alibaba", r"qwen|qwq|qvq", r"qwen|alibaba"),
    ("xAI", r"grok", r"x-?ai"),
    ("Cohere", r"command|aya|c4ai", r"cohere(?:forai|labs)?"),
    ("Microsoft", r"phi(?:[-\d]|$)|wizardlm|mai-", r"microsoft"),
    ("Amazon", r"nova-|titan", r"amazon"),
    ("Zhipu AI", r"glm|chatglm", r"z-?ai|zai-org|thudm|zhipu"),
    ("Moonshot AI", r"kimi|moonshot", r"moonshot(?:ai)?"),
    ("MiniMax", r"minimax|abab", r"minimax(?:ai)?"),
    ("AI21 Labs", r"jamba|jurassic", r"ai21"),
    ("Perplexity", r"sonar|pplx", r"perplexity"),
    ("IBM", r"granite", r"ibm(?:-granite)?"),
    ("Allen Institute", r"olmo|tulu|molmo", r"allenai"),
    ("01.AI", r"yi-", r"01-ai"),
    ("ByteDance", r"seed-|doubao", r"bytedance(?:-seed)?"),
    ("Baidu", r"ernie", r"baidu"),
    ("Tencent", r"hunyuan", r"tencent"),
    ("Inception", r"mercury", r"inception"),
    ("Liquid AI", r"lfm", r"liquid(?:ai)?"),
    ("Databricks", r"dbrx|dolly", r"databricks"),
    ("TII", r"falcon", r"tiiuae"),
    ("Stability AI", r"stablelm", r"stabilityai"),
)

FAMILIES = (
    # A family that the leading letters of a name do not tell.
    ("gpt", r"gpt|chatgpt"),
    ("o", r"o[1-9](?:-|$)"),
    ("llama", r"(?:meta-)?llama"),
    ("mistral", r"(?:open-)?(?:mistral|mixtral)|ministral|magistral"),
    ("qwen", r"qwen|qwq|qvq"),
    ("smollm", r"smollm"),
    ("kimi", r"kimi|moonshot"),
    ("glm", r"glm|chatglm"),
)

FIXED_SAMPLING = r"o[1-9](?:-|$)|gpt-5(?!.*chat)"
"""OpenAI models that answer 400 to a temperature other than their own."""


def maker_of(model_id: str) -> str:
    """The maker's display name for a model id with or without prefixes; '' if unknown.

    The model's own name counts before the vendor that serves it: 'groq/llama-3' is Meta's.
    """
    prefixes, name = _split(model_id)
    for maker, own_name, _ in MAKERS:
        if re.match(own_name, name):
            return maker
    for prefix in reversed(prefixes):
        for maker, _, vendor in MAKERS:
            if re.fullmatch(vendor, prefix):
                return maker
    return ""


def family_of(model_id: str) -> str:
    """A lower-case word shared by sibling models ('claude', 'gpt', 'qwen'); '' if the name says none."""
    _, name = _split(model_id)
    for family, pattern in FAMILIES:
        if re.match(pattern, name):
            return family
    leading = re.match(r"[a-z]+", name)
    return leading.group() if leading else ""


def has_fixed_sampling(model_id: str) -> bool:
    """Whether a model of OpenAI rejects a temperature."""
    return re.match(FIXED_SAMPLING, _split(model_id)[1]) is not None


def _split(model_id: str) -> tuple[list[str], str]:
    """Routing prefixes and bare name, lower case: '~anthropic/claude-opus:beta' → (['anthropic'], 'claude-opus').

    A Bedrock id carries its vendor before a dot: 'us.anthropic.claude-…'.
    """
    *prefixes, last = model_id.lower().lstrip("~").split("/")
    dotted = re.match(r"(?:[a-z-]+\.)*", last)
    vendors = dotted.group() if dotted else ""
    return [*prefixes, *vendors.split(".")[:-1]], last[len(vendors) :].split(":")[0]

"""Makers and families of models, as data: who made a model, and which models are siblings.

A panel is diverse when its makers differ; two slots of one family tend to make the same mistakes.
"""

import re
from dataclasses import replace

from apps.providers.base import ListedModel

MAKERS = (
    # What a model's own name says, then the vendor prefix of a routing id ("x-ai/…"). The first match wins.
    ("Anthropic", r"claude", r"anthropic"),
    ("OpenAI", r"gpt|chatgpt|o[1-9](?:-|$)|davinci|codex", r"openai"),
    ("Google", r"gemini|gemma|palm|learnlm", r"google"),
    ("Hugging Face", r"smollm|zephyr", r"huggingface(?:tb|h4)?"),
    ("NVIDIA", r"nemotron", r"nvidia"),
    ("Nous Research", r"hermes|nous", r"nousresearch"),
    ("DeepSeek", r"deepseek", r"deepseek(?:-ai)?"),
    ("Meta", r"(?:meta-|code)?llama|muse-", r"meta(?:-llama)?|codellama"),
    (
        "Mistral AI",
        r"(?:open-)?(?:mistral|mixtral)|ministral|codestral|devstral|magistral|pixtral|voxtral",
        r"mistral(?:ai)?",
    ),
    ("Alibaba", r"qwen|qwq|qvq", r"qwen|alibaba"),
    ("xAI", r"grok", r"x-?ai"),
    ("Cohere", r"command|aya|c4ai", r"cohere(?:forai|labs)?"),
    ("Microsoft", r"phi(?:[-\d]|$)|wizardlm|mai-", r"microsoft"),
    ("Amazon", r"nova-|titan", r"amazon"),
    ("Zhipu AI", r"(?:zai-)?glm|chatglm|autoglm", r"z-?ai|zai-org|thudm|zhipu"),
    ("Moonshot AI", r"kimi|moonshot", r"moonshot(?:ai)?"),
    ("MiniMax", r"minimax|abab|m2-her", r"minimax(?:ai)?"),
    ("AI21 Labs", r"jamba|jurassic", r"ai21"),
    ("Perplexity", r"sonar|pplx", r"perplexity"),
    ("IBM", r"granite", r"ibm(?:-granite)?"),
    ("Allen Institute", r"olmo|tulu|molmo", r"allenai"),
    ("01.AI", r"yi-", r"01-ai"),
    ("ByteDance", r"seed-|doubao", r"bytedance(?:-seed)?"),
    ("Baidu", r"ernie", r"baidu"),
    ("Tencent", r"hunyuan|hy\d", r"tencent"),
    ("Inception", r"mercury", r"inception"),
    ("Liquid AI", r"lfm", r"liquid(?:ai)?"),
    ("Databricks", r"dbrx|dolly", r"databricks"),
    ("TII", r"falcon", r"tiiuae"),
    ("Stability AI", r"stablelm", r"stabilityai"),
    ("Xiaomi", r"mimo", r"xiaomi(?:mimo)?"),
    ("StepFun", r"step-", r"stepfun(?:-ai)?"),
    ("Ant Group", r"ling-|ring-|ming-", r"inclusionai"),
    ("Arcee AI", r"trinity|virtuoso|arcee|coder-large|maestro-", r"arcee(?:-ai)?"),
    ("Poolside", r"laguna", r"poolside"),
    ("Prime Intellect", r"intellect-", r"prime-?intellect"),
    ("Upstage", r"solar", r"upstage"),
    ("Thinking Machines", r"inkling", r"thinkingmachines"),
    ("Meituan", r"longcat", r"meituan(?:-longcat)?"),
    ("Kuaishou", r"kat-", r"kwaipilot"),
    ("Reka", r"reka", r"rekaai"),
    ("Inflection", r"inflection", r"inflection"),
    ("Deep Cogito", r"cogito", r"deepcogito"),
    ("Sakana AI", r"fugu|sakana", r"sakana(?:ai)?"),
    ("Aion Labs", r"aion", r"aion-labs"),
    ("OpenGVLab", r"internvl|internlm", r"opengvlab|internlm"),
    ("LG AI Research", r"exaone", r"lgai(?:-exaone)?"),
    ("Baichuan", r"baichuan", r"baichuan(?:-inc)?"),
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

MAX_NAME = 300
"""Characters of a model's id that are looked at: a vendor's list may hold megabytes in place of one."""

OLD_CLAUDE = r"claude-(?:v?[1-3](?!\d)|instant|4(?:-[0156])?-[a-z]|[a-z]+-4(?:-[0156](?!\d)|-2\d{7}|(?!-\d)))"
"""Claude up to 4.6; every other name, known or not, is a later one."""

GPT_TIERS = r"(?:astra|sol|terra|luna)"
"""Names that stand in place of a version: 'gpt-terra-latest' is later than 5."""

FIXED_SAMPLING = rf"o[1-9](?:-|$)|gpt-(?:[5-9]|\d\d|{GPT_TIERS})(?!.*chat)|(?!{OLD_CLAUDE})claude-"
"""Models that answer 400 to a temperature other than their own: OpenAI's that reason, and Claude from 4.7 on."""

# What names tell of capabilities, matched from the start of `bare_name`. "Yes" is asked before "no".
VISION = (
    r"claude-(?!v?[12](?!\d)|instant)"
    rf"|gpt-4(?:o(?!-audio)|-1|-5|-turbo|-vision)|gpt-(?:[5-9]|\d\d|{GPT_TIERS})|chatgpt-4o|o1(?!-mini|-preview)|o3(?!-mini)|o4"
    r"|gemini-(?!embedding)|gemma-?3n|gemma-?3(?!.*(?:270m|-1b))|gemma-?4"
    r"|(?:meta-)?llama-?4|.*(?:vision|-vl|vlm|llava|multimodal|omni)|pixtral|moondream|minicpm-v|molmo|internvl|qvq"
    r"|mistral-(?:small-(?:3-[12]|latest|2[56])|medium-(?:3|latest|2[56])|large-(?:latest|2512|[3-9](?!\d)))"
    r"|ministral-.*2512|qwen-?3-[5-9]|grok-(?:4|[5-9])(?!\d)|glm-\d(?:-\d)?v|kimi-(?:k2-[5-9]|k[3-9]|latest)"
    r"|nova-(?:lite|pro|premier|2)|minimax-(?:01|m[3-9])"
)
NO_VISION = (
    r"gpt-3|gpt-4|gpt-oss|o[13]-|claude|deepseek|(?:meta-)?llama|mixtral|(?:open-)?mistral-(?:7b|nemo|tiny|saba|large-2(?!\d))"
    r"|codestral|qwen|qwq|phi-?[1-4]|command|gemma|smollm|granite|glm|kimi-k2|moonshot-v1-\d+k$|nova-micro|grok"
    r"|jamba|minimax-m[12]|olmo|hermes|davinci|babbage|falcon|zephyr|dbrx|lfm"
)
REASONING = (
    rf"o[1-9](?:-|$)|gpt-(?:[5-9]|\d\d|{GPT_TIERS})(?!.*chat)|gpt-oss|claude-3-7|claude-(?!v?[1-3](?!\d)|instant)"
    r"|gemini-(?:2-5|[3-9]|\d\d|(?:pro|flash|flash-lite)-latest)(?!.*(?:image|tts|live))|gemma-?4"
    r"|deepseek-(?:r[1-9]|reasoner|v3-[1-9]|v[4-9]|flash|pro)|qwq|qvq|qwen-?3(?!.*(?:instruct|coder))|magistral"
    r"|mistral-(?:small-(?:2603|4|latest)|medium-3-5)|grok-(?:3-mini|4|[5-9]|code|build)(?!.*non-reasoning)"
    r"|glm-(?:4-[5-9]|[5-9]|z1)|kimi-(?:.*thinking|k2-[5-9]|k[3-9])|minimax-m|.*(?:(?<!non)-reasoning|-think|nemotron)"
    r"|nova-2|smollm3|phi-4.*reasoning|seed-|ernie-x|hunyuan-t"
)
NO_REASONING = (
    r"gpt-|chatgpt|claude|gemini|gemma|(?:meta-)?llama|(?:open-)?mistral-(?:7b|nemo|tiny|saba|large-2(?!\d))|mixtral|codestral"
    r"|ministral|pixtral|devstral|qwen|phi-?[1-4]|command-r|smollm|deepseek-(?:chat|coder|v[23])|kimi-k2|moonshot-v1"
    r"|grok|nova-|jamba|davinci|babbage|falcon|zephyr|dbrx|olmo|glm-4|titan"
)


def maker_of(model_id: str) -> str:
    """Return the maker's display name for a model id with or without prefixes; '' if unknown.

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
    """Return a lower-case word shared by sibling models ('claude', 'gpt', 'qwen'); '' if the name says none."""
    _, name = _split(model_id)
    for family, pattern in FAMILIES:
        if re.match(pattern, name):
            return family
    leading = re.match(r"[a-z]+", name)
    return leading.group() if leading else ""


def has_fixed_sampling(model_id: str) -> bool:
    """Return whether the model rejects a temperature."""
    return re.match(FIXED_SAMPLING, bare_name(model_id)) is not None


def has_vision(model_id: str) -> bool | None:
    """Return whether the model reads images; ``None`` if its name does not tell."""
    return _known(model_id, VISION, NO_VISION)


def has_reasoning(model_id: str) -> bool | None:
    """Return whether the model can think before it answers; ``None`` if its name does not tell."""
    return _known(model_id, REASONING, NO_REASONING)


def completed(listed: ListedModel) -> ListedModel:
    """Return ``listed`` with what its name tells where the vendor's list is silent."""
    vision, reasoning = listed.supports_vision, listed.supports_reasoning
    return replace(
        listed,
        supports_vision=has_vision(listed.id) if vision is None else vision,
        supports_reasoning=has_reasoning(listed.id) if reasoning is None else reasoning,
    )


def bare_name(model_id: str) -> str:
    """Return a model's own name without prefixes and tags, its version with dashes: 'x-ai/Grok-4.5:free' → 'grok-4-5'.

    Fireworks writes 'glm-4p6' for 4.6.
    """
    return re.sub(r"(?<=\d)[.p](?=\d)", "-", _split(model_id)[1])


def _known(model_id: str, yes: str, no: str) -> bool | None:
    name = bare_name(model_id)
    return True if re.match(yes, name) else False if re.match(no, name) else None


def _split(model_id: str) -> tuple[list[str], str]:
    """Return routing prefixes and bare name, in lower case: '~x-ai/Grok-4:beta' → (['x-ai'], 'grok-4').

    A Bedrock id carries its vendor before a dot: 'us.anthropic.claude-…'.
    """
    # "ft:" begins the names of OpenAI's fine-tuned models.
    *prefixes, last = re.sub("^~|^ft:", "", model_id[:MAX_NAME].lower()).split("/")
    dotted = re.match(r"(?:[a-z-]+\.)*", last)
    vendors = dotted.group() if dotted else ""
    return [*prefixes, *vendors.split(".")[:-1]], last[len(vendors) :].split(":")[0]

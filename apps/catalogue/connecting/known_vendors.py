"""The vendors that FusionWeb knows by name: which dialect they speak, where, and which variable holds their key.

Ollama and the models of this machine are not here: they need no key and are found in other ways.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from apps.providers.dialects import Dialect


@dataclass(frozen=True, slots=True)
class KnownVendor:
    """``api_key_envs`` are the variables that may hold the key; the first that is set counts."""

    slug: str
    name: str
    dialect: Dialect
    base_url: str
    api_key_envs: tuple[str, ...]

    def env_in(self, environment: Mapping[str, str]) -> str:
        """Return the variable that holds this vendor's key; '' if none does."""
        return next((name for name in self.api_key_envs if environment.get(name)), "")


KNOWN_VENDORS = (
    KnownVendor("openrouter", "OpenRouter", Dialect.OPENAI, "https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",)),
    KnownVendor("openai", "OpenAI", Dialect.OPENAI, "https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    KnownVendor("anthropic", "Anthropic", Dialect.ANTHROPIC, "https://api.anthropic.com/v1", ("ANTHROPIC_API_KEY",)),
    KnownVendor(
        "gemini",
        "Google Gemini",
        Dialect.GEMINI,
        "https://generativelanguage.googleapis.com/v1beta",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ),
    KnownVendor("groq", "Groq", Dialect.OPENAI, "https://api.groq.com/openai/v1", ("GROQ_API_KEY",)),
    KnownVendor("mistral", "Mistral", Dialect.OPENAI, "https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    KnownVendor("deepseek", "DeepSeek", Dialect.OPENAI, "https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",)),
    KnownVendor("xai", "xAI", Dialect.OPENAI, "https://api.x.ai/v1", ("XAI_API_KEY",)),
    KnownVendor("together", "Together", Dialect.OPENAI, "https://api.together.xyz/v1", ("TOGETHER_API_KEY",)),
    KnownVendor(
        "fireworks", "Fireworks", Dialect.OPENAI, "https://api.fireworks.ai/inference/v1", ("FIREWORKS_API_KEY",)
    ),
)


def environment_names() -> Iterable[str]:
    """Return every variable that connects a provider."""
    yield from ("LOCAL_MODELS", "OPENAI_BASE_URL", "OLLAMA_HOST")
    for vendor in KNOWN_VENDORS:
        yield from vendor.api_key_envs


def vendor_called(slug: str) -> KnownVendor | None:
    """Return the vendor of a slug, or ``None`` if it is unknown."""
    return next((vendor for vendor in KNOWN_VENDORS if vendor.slug == slug), None)


def vendor_at(base_url: str) -> KnownVendor | None:
    """Return the vendor whose host an address has, or ``None`` if it is unknown."""
    try:
        host = urlsplit(base_url.strip()).netloc.lower()
    except ValueError:  # brackets that hold no address
        return None
    return next((vendor for vendor in KNOWN_VENDORS if urlsplit(vendor.base_url).netloc == host), None)

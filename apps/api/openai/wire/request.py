"""What a request in OpenAI's form is made of on either of its routes, and the run request that follows from it."""

from pydantic import Field

from apps.api.errors import ApiError
from apps.api.openai.wire.formats import FusionOfRequest, FusionPlugin, options_of
from apps.api.options import Metadata, Sampling, Strict
from apps.api.run_requests import RunRequest
from apps.fusion.values import AnswerFormat, Message


class ModelRequest(Strict):
    """Something to be answered by a panel, or by one model."""

    model: str = Field(
        min_length=1,
        max_length=255,
        examples=["fusion"],
        description="`fusion`, `fusion/<preset>`, or one model's reference.",
    )
    temperature: float | None = Field(None, ge=0, le=2, description="For panel and writer.")
    top_p: float | None = Field(None, gt=0, le=1, description="For panel and writer.")
    stream: bool | None = Field(None, description="Answer as events while it is written.")
    stream_options: Strict | None = None
    user: str | None = Field(None, max_length=512, description="Kept in the run's metadata.")
    safety_identifier: str | None = Field(None, max_length=512, description="Kept in the run's metadata.")
    metadata: Metadata | None = Field(None, description="Kept with the run.")
    plugins: list[FusionPlugin] | None = Field(None, max_length=8, description="At most one; not beside `fusion`.")
    fusion: FusionOfRequest | None = Field(None, description="How to fuse.")

    @property
    def is_detached(self) -> bool:
        """Whether the run goes on when the client hangs up."""
        return bool(self.fusion and self.fusion.detach)

    def run_request(
        self, messages: tuple[Message, ...], sampling: Sampling, answer_format: AnswerFormat | None
    ) -> RunRequest:
        """The request as a run request; raises :class:`ApiError`."""
        if self.stream_options and not self.stream:
            raise ApiError(400, "invalid_parameter", "stream_options are for streams only.", "stream_options")
        model, options = options_of(self.model, self.fusion, self.plugins)
        return RunRequest(messages, model, options, sampling, answer_format, self._metadata())

    def _metadata(self) -> dict[str, str]:
        """What the client says of itself and of the request; metadata of those names go first."""
        named = {"user": self.user, "safety_identifier": self.safety_identifier}
        return {name: value for name, value in named.items() if value} | (self.metadata or {})

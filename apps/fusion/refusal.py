"""The base of all exceptions that refuse what somebody asked for."""


class Refusal(Exception):
    """A request is refused; ``sentence`` says why and what to do, ``field`` what it is about ('' for all of it)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        self.sentence, self.field = sentence, field
        super().__init__(sentence)

"""The one error of the local stack."""


class StackError(Exception):
    """The stack cannot start or go on; the message is a sentence for a person that says why and what to do."""

"""Weights of the signs of what an answer may conclude, a table for each kind of conclusion."""

from apps.fusion.answers.choice.weights.letter import LETTER
from apps.fusion.answers.choice.weights.name import NAME
from apps.fusion.answers.choice.weights.number import NUMBER
from apps.fusion.answers.choice.weights.output import OUTPUT

__all__ = ["LETTER", "NAME", "NUMBER", "OUTPUT"]

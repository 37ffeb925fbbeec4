"""The number that an answer concludes: all of its numbers are weighed by what stands around them, and one is chosen.

An answer to a question for a number has many: those that were given, those of its steps, checks, asides and of cases
that are not asked about. No single place holds the result, so each number is described by some sixty signs
(:mod:`signs`), and the sum of their weights (:mod:`weights`), fitted on labelled answers, says how likely it is it.
Where no number is clearly the likeliest, none is chosen.
"""

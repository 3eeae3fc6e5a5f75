"""Records: what people write in YAML, read strictly, with the line of every field; the base of law and of cases."""

HIGHEST_RATE = 10.0
"""1,000 %; a higher duty is surely a percentage written as a fraction."""

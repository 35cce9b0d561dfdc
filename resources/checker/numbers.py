"""Whether a telephone number can exist, and whether the digits that are dialled are those that are printed.

Nobody is called: only a person can tell that the right people answer.
"""

from __future__ import annotations

import re
from enum import StrEnum

# Numbers too short for the rules of ten digits: the services of three digits of the North American numbering
# plan that the directory uses, and two short codes for texts (tennessee-resources c and d).
SHORT = frozenset({"911", "988", "211", "741741", "435748"})


class Fault(StrEnum):
    """What is wrong with a number, in the words that staff read."""

    IMPOSSIBLE = "no such number can exist"
    NOT_GIVEN_OUT = "no such number is given out in the United States"
    DIFFERENT = "other digits are printed than dialled"


def digits(text: str) -> str:
    """Return the digits of a number as the country dials it: without +1, dots, words and extension.

    Letters of a number in words (855-CRISIS-1) are the digits of their keys. Empty when there is no number.
    """
    import phonenumbers  # heavy

    bare = re.sub(r"\D", "", text)
    if bare in SHORT:
        return bare
    try:
        return str(phonenumbers.parse(text, "US").national_number)
    except phonenumbers.NumberParseException:
        return bare


def fault(dial: str, printed: frozenset[str] = frozenset()) -> Fault | None:
    """Return what is wrong with `dial`, None when nothing is.

    dial: digits as `digits` returns them. printed: texts beside which they stand; those without
    digits, such as "call us", say nothing.
    """
    import phonenumbers  # heavy

    if any(digits(text) != dial for text in printed if re.search(r"\d{3}", text)):
        return Fault.DIFFERENT
    if dial in SHORT:
        return None
    try:
        number = phonenumbers.parse(dial, "US")
    except phonenumbers.NumberParseException:
        return Fault.IMPOSSIBLE
    if len(dial) != 10 or not phonenumbers.is_possible_number(number):
        return Fault.IMPOSSIBLE
    return None if phonenumbers.is_valid_number_for_region(number, "US") else Fault.NOT_GIVEN_OUT

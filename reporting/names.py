"""Names as frightened people type them, brought to one form: officers, badges, agencies, schools.

Nothing here knows a real officer or a real office: only general patterns of how names are written. Every
function is pure, forgives case, accents, spaces and punctuation, and gives the same again when it is fed with
its own words (`label`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from jellyfish import damerau_levenshtein_distance, metaphone

from portal.lib import places

LONGEST_NAME = 6  # words; what is longer is a sentence, and no name can be told from it
LONGEST_TEXT = 400
MOST_NAMES = 4  # in one answer

# Letters that do not fall apart into a plain letter and an accent.
_LETTERS = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_QUOTES = re.compile(r"['’‘ʼ`´ʻ′]")
_RANK = _listed("""
    officer officers ofc ofcr offcr oficer offcer ofcer off oficial policia deputy deputies dep dpty dty sro
    sros sgt sergeant cpl corporal lt lieutenant capt captain chief det detective trooper agent marshal
    guard constable resource school security police cop mr mrs ms miss mister coach sir
""")
_FILLER = _listed("""
    think maybe probably believe guess heard his her their he she they name names named is was were the an
    el la de del called call known as guy man woman lady dude person one my our we it its im not sure idk
    dont do know first last nickname everyone everybody people kids students goes by at in from with se
    llama senor senora sr jr ii iii iv snr jnr junior unknown none unsure na nobody anybody no yes something
    like spelled spelling or and aka y
""")
_NOBODY = _listed("unknown none unsure na idk nobody")
_PARTICLES = _listed("al el bin ibn abu o mc mac st saint dela della du")
_PAIRS = frozenset(
    {("de", "la"), ("de", "las"), ("de", "los"), ("van", "der"), ("van", "den"), ("van", "de")}
)

# Short forms and the names they stand for, often several. General English and Spanish use.
_SHORT = """
abe abraham|al albert alan alfred|alex alexander alexandra alejandro alexis|andy andrew andres|
tony anthony antonio|art arthur|barb barbara|ben benjamin|bernie bernard|beth elizabeth|betty elizabeth|
beto alberto roberto humberto|bill william|billy william|bob robert|bobby robert|rob robert|robbie robert|
brad bradley|bridie bridget|cathy catherine katherine|kathy katherine catherine|charlie charles charlotte|
chuck charles|chris christopher christian christine christina|chuy jesus|connie concepcion constance|
cindy cynthia|dan daniel danielle|danny daniel|dave david|deb deborah debra|debbie deborah debra|dick richard|
don donald|donnie donald|doug douglas|drew andrew|ed edward edgar edwin edmund|eddie edward edgar edwin|
fran frances francisco francis|frank francis franklin francisco|fred frederick alfred|gabe gabriel|
gene eugene|geoff geoffrey|greg gregory|gus angus august gustavo|hank henry|harry harold henry|
jack john|jake jacob|jim james|jimmy james|jamie james|jay jason jacob|jeff jeffrey geoffrey|
jen jennifer|jenny jennifer|jerry gerald jerome|joe joseph jose|joey joseph|johnny john|
jon jonathan|josh joshua|ken kenneth|kenny kenneth|kate katherine catherine|katie katherine catherine|
larry lawrence|leo leonard leonardo|liz elizabeth|lou louis louise|luke lucas lucius|lupe guadalupe|
maggie margaret|mandy amanda|mari maria|marty martin|matt matthew|max maximilian maxwell|meg margaret|
mel melvin melissa|mike michael miguel|mick michael|mo mohamed|mitch mitchell|nacho ignacio|
nate nathan nathaniel|nick nicholas nicolas|paco francisco|pancho francisco|pat patrick patricia|
patty patricia|peggy margaret|pepe jose|pete peter pedro|phil philip phillip|quique enrique|ray raymond ramon|
rick richard ricardo|ricky richard ricardo|rich richard|ron ronald|ronnie ronald|roy rogelio|
russ russell|sam samuel samantha|sandy sandra alexander|shawn sean dashawn|steve stephen steven|
sophie sophia sofia|stan stanley|sue susan|susie susan|ted theodore edward|terry terrence theresa|
tim timothy|tom thomas|tommy thomas|toni antonia|trish patricia|ty tyrone tyler|vic victor|vicky victoria|
vince vincent|walt walter|wes wesley|will william|xime ximena|zach zachary|toya latoya|
abdul abdulrahman abdullah
"""
_FORMALS: dict[str, frozenset[str]] = {
    short: frozenset(formals)
    for short, *formals in (line.split() for line in _SHORT.replace("\n", "").split("|"))
}
# A name so frequent that its sound alone says nothing of who it is.
_GIVEN = frozenset(_FORMALS) | frozenset().union(*_FORMALS.values())


def plain(text: str) -> str:
    """Return `text` in small plain letters: no accents, no quotes; other signs stay."""
    text = _QUOTES.sub("", text.casefold()).translate(_LETTERS)
    parted = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in parted if not unicodedata.combining(letter))
    # Some signs fall apart into capitals or quotes only now.
    return _QUOTES.sub("", bare.casefold()).translate(_LETTERS)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", plain(text))


# --- Officers ---


@dataclass(frozen=True)
class Person:
    """One officer as named. words: plain, given names first where that is known; one letter is an initial."""

    words: tuple[str, ...]

    @property
    def value(self) -> str:
        """Return the one form that tokens are made of: the order of the words does not matter in it."""
        return " ".join(sorted(_formal(word) for word in self.words))

    @property
    def label(self) -> str:
        """Return the words for staff; they give the same value again."""
        return _label(self.words)

    @property
    def sounds(self) -> frozenset[str]:
        """Return keys by which names that sound alike meet: of each word that may be the family name."""
        telling = [word for word in self.words[:-1] if len(word) > 3 and word not in _GIVEN]
        return frozenset(key for word in [*telling, *self.words[-1:]] if (key := sound(word)))


def _label(words: Iterable[str]) -> str:
    return " ".join(f"{word.upper()}." if len(word) == 1 else word.capitalize() for word in words)


def _formal(word: str) -> str:
    formals = _FORMALS.get(word, frozenset())
    # Only where a short form leaves no choice.
    return next(iter(formals)) if len(formals) == 1 else word


# Arabic and Spanish articles that some write as a word of their own and some leave out.
_ARTICLE = re.compile(r"^(al|el|bin|ben|ibn)(?=\w{4})")


def sound(word: str) -> str:
    """Return how a plain word sounds, roughly; "" when it has no sound. A number is its own sound."""
    if word.isdecimal():
        return word
    heard = re.sub(r"^x(?=[aou])", "h", word)  # Somali and English spellings of one name
    heard = re.sub(r"^cabd", "abd", heard)
    heard = re.sub(r"^(mc|mac)(?=[^aeiou])", "mk", heard)
    return metaphone(re.sub(r"(.)\1+", r"\1", heard))


def people(text: str) -> tuple[Person, ...]:
    """Return the officers named in what somebody typed; empty when it holds no name."""
    found = []
    for piece in re.split(r"\b(?:or|and|aka|y)\b(?=\s+\w{2})|[;/&\n|]+", plain(text[:LONGEST_TEXT])):
        person = _person(piece)
        if person and person not in found:
            found.append(person)
    return tuple(found[:MOST_NAMES])


def _person(text: str) -> Person | None:
    """Return the officer named in plain `text`."""
    text = re.sub(r"[\w.]*\d[\w.]*", " ", text)  # badge numbers and dates
    first, comma, rest = text.partition(",")
    words, later = _name_words(first), _name_words(rest)
    # "Last, First"; what follows the comma may also have been a rank alone.
    words = [*later, *words] if comma and words else [*words, *later]
    while (again := _name_words(_label(words))) != words:
        words = again  # a rank stood between the two halves of a name
    if not words or len(words) > LONGEST_NAME or not any(len(word) > 1 for word in words):
        return None
    return Person(tuple(words))


def _name_words(text: str) -> list[str]:
    """Return the words of a name: ranks, filling words and suffixes left out, particles joined."""
    text = plain(text)
    dotted = {match[1] for match in re.finditer(r"\b(\w)\.", text)}
    words = _words(text)
    if _NOBODY & set(words) and len(words) <= 3:
        return []
    # "I think his name is …": an "I" before a filling word is no initial.
    words = [
        word
        for word, after in zip(words, [*words, ""][1:], strict=True)
        if not (word in {"i", "a"} and after in _FILLER and word not in dotted)
    ]
    joined: list[str] = []  # from the last word to the first
    while words:
        word = words.pop()
        if joined and words and (words[-1], word) in _PAIRS and _is_name(joined[-1]):
            joined[-1] = words.pop() + word + joined[-1]
        elif joined and word in _PARTICLES and word not in dotted and _is_name(joined[-1]):
            joined[-1] = ("st" if word == "saint" else word) + joined[-1]
        else:
            joined.append(word)
    joined.reverse()
    return [word for word in joined if len(word) == 1 or _is_name(word)]


def _is_name(word: str) -> bool:
    return len(word) > 1 and word not in _RANK and word not in _FILLER


class Alike(IntEnum):
    """How well two names fit, the best last."""

    NOT = 0
    SOUND = 1  # the family names sound alike
    SLIP = 2  # the same but for a typing slip
    SAME = 3


@dataclass(frozen=True)
class Fit:
    """How two names fit: `alike` by the weakest word, `full` when given name and family name both fit.

    half: a given name's initial and the family name fit. Neither: only one name is known on one side.
    long: a word of seven letters or more fits, which hardly happens by chance.
    """

    alike: Alike
    full: bool = False
    half: bool = False
    long: bool = False


NO_FIT = Fit(Alike.NOT)


def _close(one: str, other: str) -> Alike:
    """Return how alike two words are."""
    if one == other:
        return Alike.SAME
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return Alike.NOT  # School 12 and School 13
    if _ARTICLE.sub("", one) == _ARTICLE.sub("", other):
        return Alike.SLIP
    shorter, longer = sorted((one, other), key=len)
    slips = damerau_levenshtein_distance(one, other)
    if slips == 1 and sorted(one) == sorted(other):
        return Alike.SLIP  # two letters the wrong way round
    if slips <= (2 if len(shorter) >= 8 else 1 if len(shorter) >= 4 and len(longer) >= 5 else 0):
        return Alike.SLIP
    same_sound = len(shorter) > 2 and sound(one) == sound(other) != ""
    return Alike.SOUND if same_sound or slips <= len(shorter) // 4 else Alike.NOT


def _same_given(one: str, other: str) -> bool:
    return bool(({one} | _FORMALS.get(one, frozenset())) & ({other} | _FORMALS.get(other, frozenset())))


def _best(word: str, others: list[str]) -> tuple[Alike, str]:
    """Return how well the best of `others` fits `word`, and which it is. Initials fit nothing here."""
    levels = [
        (Alike.SAME if _same_given(word, other) else _close(word, other), other)
        for other in others
        if len(word) > 1 and len(other) > 1
    ]
    return max(levels, default=(Alike.NOT, ""))


def _shortened(word: str, others: list[str]) -> str:
    """Return the one of `others` that `word` is the initial of, or that is an initial of it; "" for none.

    Two letters may be the initials of two given names: JB for Jean-Baptiste.
    """
    if len(word) == 2 and len(others) > 1 and word == others[0][0] + others[1][0]:
        return others[0]
    return next(
        (other for other in others if 1 in (len(other), len(word)) and _begin(word) & _begin(other)), ""
    )


def _begin(word: str) -> set[str]:
    """Return the first letters of a word and of the names it may be short for: A for Tony too."""
    return {each[0] for each in {word} | _FORMALS.get(word, frozenset())}


def fit(one: Person, other: Person) -> Fit:
    """Return how two names fit. Symmetric. The words may stand in any order and some may be missing."""
    short, long = sorted((one.words, other.words), key=lambda words: (len(words), words))
    left = list(long)
    matched: list[tuple[Alike, str]] = []
    lone = []
    for word in sorted(short, key=len, reverse=True):
        level, found = _best(word, left)
        if level:
            left.remove(found)
            matched.append((level, found))
        else:
            lone.append(word)
    initials = [found for word in lone if (found := _shortened(word, left))]
    if len(initials) < len(lone):
        # Either words that stand for two people, or one name cut in two at another place.
        if any(len(word) == 1 for word in lone) or not _run_together(short, lone, left):
            return NO_FIT
        matched.append((Alike.SLIP, ""))
        initials = []
    if not matched:
        return NO_FIT
    levels = sorted(level for level, _found in matched)
    # A given name as heard beside a family name that fits is a slip, not another person.
    alike = max(levels[0], Alike.SLIP) if levels[-1] == Alike.SAME else levels[0]
    if len(matched) == 1 and not initials and matched[0][1] in _GIVEN and long[-1] != matched[0][1]:
        alike = Alike.SOUND  # "Officer Mike" is half a name
    return Fit(
        alike,
        full=len(matched) > 1,
        half=len(matched) == 1 and bool(initials),
        long=max(len(found) for _level, found in matched) > 6,
    )


def _run_together(words: tuple[str, ...], lone: list[str], left: list[str]) -> bool:
    """Return whether the `lone` ones of `words` stand in `left` with other spaces: Van Buren, Vanburen."""
    if len(lone) + len(left) < 3:
        return False
    joined = "".join(word for word in words if word in lone)
    pieces = (
        "".join(left[start:end]) for start in range(len(left)) for end in range(start + 1, len(left) + 1)
    )
    return any(len(piece) > 5 and _close(joined, piece) >= Alike.SLIP for piece in pieces)


# --- Badges ---

_BADGE_WORDS = re.compile(r"\b(badge|number|num|no|nr|unit|car|id|shield|numero|placa|is|the|his|her)\b")


def badges(text: str) -> tuple[str, ...]:
    """Return the badge, unit or car numbers in what was typed, such as ("1234",) or ("12A",).

    Zeros in front, hyphens and spaces do not matter, and O is 0 beside a digit.
    """
    found = []
    for piece in re.split(r"\bor\b|\band\b|[,;/&\n|]+", plain(text[:LONGEST_TEXT])):
        bare = "".join(_words(_BADGE_WORDS.sub(" ", piece))).upper()
        if any(letter in "123456789" for letter in bare) and len(bare) <= 12:
            number = re.sub(r"(?<=\d)O+|O+(?=\d)", lambda m: "0" * len(m[0]), bare).lstrip("0")
            if number and number not in found:
                found.append(number)
    return tuple(found[:MOST_NAMES])


# --- Agencies and schools ---


_ENDINGS = ("hs", "ms", "es", "pd", "so")


@dataclass(frozen=True)
class Place:
    """A school or an agency as named.

    words: its name in plain words; kind: "high", "police" …, "" when not said; letters: how it is shortened,
    such as "mnpd"; is_letters: only the letters were typed.
    """

    words: tuple[str, ...]
    kind: str
    letters: str
    is_letters: bool = False

    @property
    def value(self) -> str:
        """Return the one form that tokens are made of."""
        return self.letters if self.is_letters else " ".join([*self.words, self.kind]).strip()

    @property
    def label(self) -> str:
        """Return the words for staff; they give the same value again."""
        return self.letters.upper() if self.is_letters else self.value.title()

    @property
    def shortened(self) -> frozenset[str]:
        """Return how it may be shortened to letters, whichever its kind; nothing for letters alone."""
        initials = "".join(word[0] for word in self.words)
        return frozenset({self.letters} if self.kind else {initials + ending for ending in _ENDINGS})

    @property
    def heard(self) -> frozenset[str]:
        """Return keys of how it sounds; of letters alone, the letters."""
        heard = self.letters if self.is_letters else "".join(sound(word) for word in self.words)
        return frozenset({heard} - {""})

    @property
    def loose(self) -> frozenset[str]:
        """Return keys by which other writings of it meet: its letters, and how it sounds."""
        initials = "".join(word[0] for word in self.words) or self.letters[:-2]
        return self.heard | {key for key in (self.letters, f"{initials}-") if len(key) > 2}

    def alike(self, other: Place) -> Alike:
        """Return how well two places fit: SAME, SLIP (written otherwise), SOUND (their letters only)."""
        if self.is_letters or other.is_letters:
            if self.letters == other.letters:
                return Alike.SAME if self.is_letters and other.is_letters else Alike.SOUND
            return Alike.SOUND if self._may_be(other) or other._may_be(self) else Alike.NOT
        if self.kind and other.kind and self.kind != other.kind:
            return Alike.NOT
        if self.value == other.value:
            return Alike.SAME
        short, long = sorted((self.words, other.words), key=len)
        if set(short) <= set(long) or _close("".join(short), "".join(long)) >= Alike.SLIP:
            return Alike.SLIP
        return Alike.NOT

    def _may_be(self, other: Place) -> bool:
        """Return whether `other`, letters alone, fits this name of two words or more without its kind."""
        initials = "".join(word[0] for word in self.words)
        return not self.kind and len(initials) > 1 and other.is_letters and other.letters[:-2] == initials


_AGENCY_FILLER = _listed("""
    the of a an my our local city town village department dept dpt dep office officers officer ofc force tn
    tennessee from for in
""")
_POLICE = _listed("police pd cop cops policia")
_SHERIFF = _listed("sheriff sheriffs sherriff sherriffs sherif sheriffsoffice alguacil")


def agency(text: str, county: str = "", kind: str = "") -> Place | None:
    """Return the police department or sheriff's office that was typed, None when it names none.

    county: slug of the county of the report: "the sheriff" alone is the one of that county. kind: "police" or
    "sheriff" when that was said apart; what the text says goes before it.
    """
    words = ["saint" if word == "st" else word for word in _words(text[:LONGEST_TEXT].replace(".", ""))]
    telling = [word for word in words if word not in _AGENCY_FILLER]
    if len(telling) == 1 and (letters := _agency_letters(telling[0])):
        return Place((), "", letters, is_letters=True)
    kind = "sheriff" if _SHERIFF & set(words) else "police" if _POLICE & set(words) else kind
    named = [w for w in words if w not in _AGENCY_FILLER | _SHERIFF | _POLICE]
    if kind == "sheriff":
        named = [w for w in named if w not in {"county", "co", "cnty", "so", "deputy", "deputies"}]
        known = places.county(county)
        if not named and known:
            named = _words(known.name)
    named = ["metro" if w == "metropolitan" else w for w in named]
    if not named or len(named) > LONGEST_NAME:
        return None
    ending = {"sheriff": "so", "police": "pd"}.get(kind, "")
    return Place(tuple(named), kind, "".join(w[0] for w in named) + ending if ending else "")


def _agency_letters(word: str) -> str:
    """Return "mnpd" for "MNPD" and "rso" for "RCSO"; "" for a word that is no abbreviation."""
    if not 3 <= len(word) <= 6 or not word.endswith(("pd", "so")):
        return ""
    if word.endswith("cso") and len(word) > 3:
        return word[:-3] + "so"
    return word if word.endswith("pd") or len(word) <= 4 else ""


_LEVELS = {
    "high": "high hs highschool secundaria preparatoria",
    "middle": "middle ms middleschool junior jr jh jhs intermediate",
    "elementary": "elementary elem elm es primary elementaryschool primaria",
}
_LEVEL_OF = {word: level for level, words in _LEVELS.items() for word in words.split()}
_SCHOOL_FILLER = _listed("the at of school schools escuela sch campus")
_SCHOOL_ENDING = {"high": "hs", "middle": "ms", "elementary": "es"}


def school(text: str) -> Place | None:
    """Return the school that was typed, None when it names none. Parentheses and what follows a comma go."""
    text = re.sub(r"\([^)]*\)", " ", text[:LONGEST_TEXT]).split(",")[0]
    typed = _words(re.sub(r"(?<=\b\w)\.(?=\w\b)", "", text))
    telling = [word for word in typed if word not in _SCHOOL_FILLER]
    if len(telling) == 1 and _is_school_letters(telling[0], text):
        return Place((), "", telling[0], is_letters=True)
    level, named = "", []
    for word in typed:
        if word in _LEVEL_OF:
            level = level or _LEVEL_OF[word]
        elif word not in _SCHOOL_FILLER and not _is_slip_of_school(word):
            named.append("saint" if word == "st" else word)
    if not named or len(named) > LONGEST_NAME:
        return None
    ending = _SCHOOL_ENDING.get(level, "")
    return Place(tuple(named), level, "".join(w[0] for w in named) + ending if ending else "")


def _is_slip_of_school(word: str) -> bool:
    return 5 <= len(word) <= 7 and damerau_levenshtein_distance(word, "school") <= 1


def _is_school_letters(word: str, text: str) -> bool:
    if not 3 <= len(word) <= 6 or not word.endswith(("hs", "ms", "es")):
        return False
    return word.endswith("hs") or text.strip().isupper() or not set(word[:-2]) & set("aeiouy")


_DISTRICT_FILLER = _listed("the of school schools public district system county co city isd board")


def district(text: str) -> str:
    """Return the school district that was typed in plain words, "" when there is none."""
    words = _words(text[:LONGEST_TEXT])
    bare = [word for word in words if word not in _DISTRICT_FILLER]
    if "city" in words and places.county("-".join(bare)):
        bare.append("city")  # the schools of Johnson City are not those of Johnson County
    return " ".join(bare if len(bare) <= LONGEST_NAME else [])


def county(text: str) -> str:
    """Return the slug of the county that was typed or chosen, "" when it is none."""
    slug = "-".join(word for word in _words(text[:LONGEST_TEXT]) if word not in {"county", "co"})
    return slug if places.county(slug) else ""


def same_words(stories: Iterable[str]) -> bool:
    """Return whether two or more texts are the same but for case, accents and signs: one hand, sent again."""
    bare = [" ".join(_words(story)) for story in stories]
    return len(bare) > 1 and bool(bare[0]) and len(set(bare)) == 1

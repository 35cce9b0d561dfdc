"""A labelled set: how the same made-up officers come out when frightened people type them.

No officer, school or agency here exists. Each base officer is written by rules; the rules are split in two,
so that the figures can be told for rules the matching was built with and for rules it was not (`held_out`).
The set and both groups of rules were written before the matching. Everything is drawn with a fixed seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SEED = 1409
WITH_SCHOOL, WITH_AGENCY, WITH_COUNTY = 0.96, 0.60, 0.60


@dataclass(frozen=True)
class Officer:
    """One made-up officer. heard: the family name as somebody writes it who only heard it."""

    given: str
    family: str
    short: str
    heard: str
    badge: str
    agency: int
    school: int


@dataclass(frozen=True)
class Mention:
    """One way somebody wrote of an officer. who: the label, the same for the same person."""

    who: str
    rule: str
    held_out: bool
    answers: dict[str, str]


# (place, whether a sheriff's office). Made up.
AGENCIES = [
    ("Larkspur", False),
    ("Elk Hollow", False),
    ("Quillfeather", True),
    ("Port Amber", False),
    ("Marrowstone", True),
    ("Saint Ottile", False),
    ("Brindle", True),
    ("North Wexcombe", False),
    ("Tallgrass", True),
    ("Copperline", False),
]
# (name, level). Made up.
SCHOOLS = [
    ("Riverbend Fictional", "High"),
    ("Larkspur Central", "High"),
    ("Juniper Mockingbird", "Middle"),
    ("Saint Ottile", "High"),
    ("Marrowstone", "Middle"),
    ("Elk Hollow", "High"),
    ("Dr. Amara Quist", "Elementary"),
    ("Quillfeather", "High"),
    ("Wren's Landing", "Middle"),
    ("North Wexcombe", "High"),
    ("Tallgrass Prairie", "Elementary"),
    ("Copperline", "High"),
    ("Port Amber", "Middle"),
    ("Brindle Creek", "High"),
    ("Old Ferry Road", "Middle"),
    ("Foxglove", "High"),
    ("Sable Mountain", "High"),
    ("Hartsong", "Middle"),
    ("Yellow Poplar", "High"),
    ("Lantern Hill", "Elementary"),
]

# Slugs the form offers; which made-up school lies in which is as made up as the school.
COUNTIES = ["shelby", "davidson", "knox", "hamilton", "rutherford", "madison", "washington", "maury"]

_PEOPLE = """
José Luis|García-Otero|Joe|Garsia Otero
María Elena|Fuentes Quiroga|Mari|Fuentez
Guadalupe|Villaseñor|Lupe|Villasenior
Francisco|Peñalver|Paco|Penalber
Ignacio|de la Riva|Nacho|Dela Riva
Ximena|Zubizarreta|Xime|Subizareta
Rogelio|Montenegro Ibáñez|Roy|Montenegro
Concepción|Armendáriz|Connie|Armendaris
Minh|Nguyễn|Minh|Nguyan
Thị Lan|Trần|Lan|Trann
Quang|Đoàn|Quang|Doan
Hương|Phùng|Huong|Fung
Tuấn|Lương|Tuan|Luoung
Mohammed|Al-Rashidi|Mo|Alrashedi
Abdulrahman|Haddadin|Abdul|Hadadin
Khalid|El-Masrawy|Khalid|Elmasrawi
Youssef|Bin Tariq|Joe|Ben Tarik
Samira|Abu Zahra|Sam|Abuzara
Şêrko|Barzanjî|Sherko|Barzanji
Rojîn|Hewramî|Rojin|Hawrami
Azad|Qeredaxî|Azad|Karadaghi
Dilşad|Mîrzaoğlu|Dil|Mirzaoglu
Cabdi|Warsame|Abdi|Warsami
Xasan|Guuleed|Hassan|Guled
Faadumo|Cismaan|Fadumo|Ismaan
Maxamed|Jimcaale|Mo|Jimale
Seán|O'Finnegart|Sean|Ofinagart
Bridget|O'Hallowell|Bridie|O Halowell
Angus|MacTavendish|Gus|McTavendish
Fiona|McQuibble|Fi|Mac Quibble
Robert|Thistlewood|Bob|Thissellwood
William|Featherstonehaugh|Bill|Featherstonhaw
Elizabeth|Crabapple|Liz|Crabaple
Michael|Johannsen|Mike|Johansen
Jennifer|Stubblefield-Okafor|Jen|Stublefield Okafor
Christopher|Pennyfather|Chris|Pennifather
Katherine|Wrigglesworth|Kate|Riglesworth
Anthony|Delacroisé|Tony|Delacroy
Theodore|Blankenbecker|Ted|Blankenbeker
Margaret|Yarborough-Pike|Peggy|Yarbrough Pike
Richard|Snodgrave|Rick|Snodgrav
Patricia|Vanderhoeven|Pat|Vanderhoven
Joseph|Kowalczynski|Joe|Kovalchinski
Stephen|Schreckengast|Steve|Shreckengast
Deborah|Littlepage|Debbie|Littelpage
Timothy|Rutabega|Tim|Rootabega
Charles|St. Clairmont|Chuck|Saint Claremont
Daniel|van der Plank|Danny|Vanderplank
Nathaniel|Okonkwo-Bell|Nate|Okonko Bell
Chidinma|Ezeanwu|Chi|Ezenwu
Kwabena|Asantewaa|Kobby|Asantewa
Tyrone|Merriweather|Ty|Meriwether
Latoya|Broadnaxe|Toya|Brodnax
Dashawn|Featheringill|Shawn|Fetheringill
Soo-jin|Baek-Lim|Susie|Bek Lim
Hiroshi|Tanabemoto|Hiro|Tanabemodo
Priya|Venkataraghavan|Priya|Venkatragavan
Gurpreet|Dhillonpur|Gary|Dillonpur
Oleksandr|Hrytsenkov|Alex|Hritsenkov
Zsófia|Kereszthegyi|Sophie|Kerestegi
Thaw Zin|Myint Hlaing|Thaw|Mint Hlaing
Naw Paw|Htoo|Naw|Hto
Jean-Baptiste|Désirvil|JB|Desirville
Lucius|Hummingford|Luke|Humingford
"""


def officers() -> list[Officer]:
    """Return the base officers, two to four at each school, each agency at several schools."""
    made = []
    for number, line in enumerate(_PEOPLE.strip().splitlines()):
        given, family, short, heard = line.split("|")
        made.append(
            Officer(
                given=given,
                family=family,
                short=short,
                heard=heard,
                badge=str(1000 + number * 37 % 911),
                agency=number * 3 % len(AGENCIES),
                school=number * 7 % len(SCHOOLS),
            )
        )
    return made


def _swap(word: str) -> str:
    """Two letters in the middle the wrong way round."""
    at = len(word) // 2
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def _plain(word: str) -> str:
    """As somebody types it whose keyboard has no accents."""
    table = str.maketrans("áéíóúñÁÉÍÓÚêîşğŞÇçôâ", "aeiounAEIOUeisgSCcoa")
    return word.translate(table)


# Rules the matching was built with: name and badge as typed.
BUILT_WITH = {
    "title and family": lambda o: (f"Officer {o.family}", ""),
    "full": lambda o: (f"{o.given} {o.family}", ""),
    "shouted": lambda o: (f"  OFC {_plain(o.given).upper()}  {_plain(o.family).upper()} ", ""),
    "family first": lambda o: (f"{o.family}, {o.given}", o.badge),
    "initial": lambda o: (f"Deputy {o.given[0]}. {o.family}", ""),
    "short": lambda o: (f"{o.short} {o.family}", ""),
    "badge alone": lambda o: ("", f"#{o.badge}"),
    "two letters swapped": lambda o: (f"officer {_swap(_plain(o.family).lower())}", ""),
}
# Rules written at the same time and not looked at while the matching was built.
HELD_OUT = {
    "rank and suffix": lambda o: (f"Sgt. {o.given} {o.family} Jr.", f"Badge No. {o.badge}"),
    "sentence": lambda o: (f"I think his name is {_plain(o.family)}", ""),
    "letter dropped": lambda o: (f"mr {_plain(o.family[:-2] + o.family[-1]).lower()}", ""),
    "as heard": lambda o: (f"Officer {o.heard}", ""),
    "unit and family": lambda o: (f"SRO {o.family.upper()}", f"unit 0{o.badge}"),
    "order without comma": lambda o: (f"{_plain(o.family)} {_plain(o.given)}", ""),
    "letter doubled": lambda o: (f"{o.given} {o.family[:2]}{o.family[1:]}", ""),
}


def _agency(number: int, draw: random.Random, *, held_out: bool) -> str:
    place, is_sheriff = AGENCIES[number]
    letters = "".join(word[0] for word in place.split())
    if is_sheriff:
        known = [
            f"{place} County Sheriff's Office",
            f"{place} Co. Sheriff’s Dept.",
            f"{place} county sheriff",
        ]
        new = [f"Sheriff of {place} County", f"{place} sheriffs department", f"{letters}CSO"]
    else:
        known = [f"{place} Police Department", f"{place} PD", f"{place} police dept."]
        new = [f"City of {place} Police", f"{place.lower()} cops", f"{letters}PD"]
    return draw.choice(new if held_out else known)


def _school(number: int, draw: random.Random, *, held_out: bool) -> str:
    name, level = SCHOOLS[number]
    short = {"High": "HS", "Middle": "MS", "Elementary": "Elem."}[level]
    letters = "".join(word[0] for word in name.split())
    known = [
        f"{name} {level} School",
        f"{name} {short}",
        f"{name} {level}",
        f"{name.lower()} {level.lower()}",
    ]
    new = [f"{name}", f"{name} {short[0]}.S.", f"{letters}{level[0]}S", f"{name} {level} Scool".lower()]
    return draw.choice(new if held_out else known)


def _mention(who: str, o: Officer, rule: str, draw: random.Random, county: int = -1) -> Mention:
    held_out = rule in HELD_OUT
    name, badge = (HELD_OUT if held_out else BUILT_WITH)[rule](o)
    with_school, with_agency = draw.random() < WITH_SCHOOL, draw.random() < WITH_AGENCY
    answers = {"officer_name": name, "badge": badge}
    if with_agency or not with_school or not name:
        answers["agency"] = _agency(o.agency, draw, held_out=held_out)
    if with_school:
        answers["school"] = _school(o.school, draw, held_out=held_out)
    if draw.random() < WITH_COUNTY:
        answers["county"] = COUNTIES[(o.school if county < 0 else county) % len(COUNTIES)]
    return Mention(who, rule, held_out, {key: value for key, value in answers.items() if value})


# Other people who look like one of the above: (number of the base, given name, family name, kind).
_SIMILAR = [
    (33, "Michael", "Johnson"),
    (28, "Angus", "MacTavish"),
    (30, "Robert", "Thistleton"),
    (35, "Christopher", "Pennywise"),
    (52, "Latoya", "Broadwater"),
    (40, "Richard", "Snodgrass"),
    (45, "Timothy", "Ruthven"),
    (8, "Minh", "Nguyet"),
    (22, "Abdi", "Warfa"),
    (51, "Tyrone", "Merrill"),
]
_OTHER_GIVEN = ["Ernestine", "Lemuel", "Odalys", "Barnaby", "Hyacinth", "Cornelius", "Perpetua", "Zebulon"]


def _others(base: list[Officer]) -> list[tuple[str, Officer, int]]:
    """Return the people who are somebody else: (label, officer, county or -1)."""
    found: list[tuple[str, Officer, int]] = []
    for number in range(0, 64, 4):  # the same family name, another given name, another agency and school
        o = base[number]
        found.append(
            (
                f"namesake {number}",
                Officer(
                    _OTHER_GIVEN[number // 4 % 8],
                    o.family,
                    _OTHER_GIVEN[number // 4 % 8],
                    o.heard,
                    str(3000 + number),
                    (o.agency + 1) % len(AGENCIES),
                    (o.school + 3) % len(SCHOOLS),
                ),
                -1,
            )
        )
    for number in range(2, 62, 5):  # the same badge at another agency
        o, other = base[number], base[(number + 31) % 64]
        agency = (o.agency + 2) % len(AGENCIES)
        found.append(
            (
                f"badge {number}",
                Officer(
                    other.short,
                    f"{other.family.split()[0]}worth",
                    other.short,
                    f"{other.heard.split()[0]}worth",
                    o.badge,
                    agency,
                    (o.school + 5) % len(SCHOOLS),
                ),
                -1,
            )
        )
    for at, (number, given, family) in enumerate(_SIMILAR):  # sounds alike, same agency, another school
        o = base[number]
        found.append(
            (
                f"similar {number}",
                Officer(
                    given, family, given, family, str(4000 + at), o.agency, (o.school + 9) % len(SCHOOLS)
                ),
                -1,
            )
        )
    for number in (3, 17, 31, 47):  # the same family name at the same school: kin, or chance
        o = base[number]
        given = _OTHER_GIVEN[number % 8]
        found.append(
            (
                f"kin {number}",
                Officer(given, o.family, given, o.heard, str(5000 + number), o.agency, o.school),
                -1,
            )
        )
    for number in (5, 19, 30, 44):  # a school of the same name in another county, the same family name
        o = base[number]
        given = _OTHER_GIVEN[(number + 3) % 8]
        agency = (o.agency + 4) % len(AGENCIES)
        found.append(
            (
                f"far {number}",
                Officer(given, o.family, given, o.heard, str(6000 + number), agency, o.school),
                o.school + 1,
            )
        )
    return found


def mentions() -> list[Mention]:
    """Return all mentions, the same in every run: 64 base officers and 46 others, 540 mentions."""
    draw = random.Random(SEED)
    base = officers()
    made = []
    for number, officer in enumerate(base):
        rules = draw.sample(sorted(BUILT_WITH), 4) + draw.sample(sorted(HELD_OUT), 3)
        made += [_mention(f"base {number}", officer, rule, draw) for rule in rules]
    for who, officer, county in _others(base):
        rules = [
            draw.choice(["full", "initial", "family first"]),
            draw.choice(["rank and suffix", "as heard"]),
        ]
        made += [_mention(who, officer, rule, draw, county) for rule in rules]
    return made

"""What should come of it, what we may do, how to reach the writer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.schema.base import LIST, YES_NO, Answers, Question, Step, line, many, note, one
from reporting.schema.events import CALL

CONSENTS = (
    ("lawyer", _("Share this report with a lawyer who may help")),
    ("partner", _("Share it with a partner group that may help")),
    ("figures", _("Count it in public figures that name nobody")),
    ("story", _("Tell my story in public without any name, after asking me again")),
    ("linked", _("Tell me when others report the same officer")),
)

# The form offers a language to answer in under another code than its pages have: Kurdish of either kind.
OFFERED_AS = {"ckb": "ku"}


def _may_be_reached(answers: Answers, item: Answers) -> bool:
    """Who wants to stay unknown is not asked for a name, unless they asked us to call."""
    return answers.get("anonymity") != "anonymous" or CALL in (answers.get("story_way") or [])


WISH_STEPS = (
    Step(
        "wishes",
        _("What you would like"),
        (
            many(
                "wishes",
                _("What would help?"),
                (
                    ("record", _("Just write it down")),
                    ("support", _("Someone to talk to")),
                    ("lawyer", _("A lawyer")),
                    ("complaint", _("Help with a complaint")),
                    ("moved", _("The officer moved away from the school")),
                    ("discipline", _("Consequences for the officer")),
                    ("policy", _("Change the rules")),
                    ("records", _("A record cleared")),
                    ("public", _("People should hear about it")),
                    ("unsure", _("I am not sure yet")),
                ),
                _("We cannot promise any of these. It tells us where to begin."),
            ),
        ),
    ),
    Step(
        "consents",
        _("What we may do"),
        (
            many(
                "consents",
                _("May we do any of these?"),
                CONSENTS,
                _("Nothing is ticked unless you tick it. You can take it back with your code."),
            ),
        ),
        words="reporting/_duty_short.html",
    ),
)

CONTACT_STEPS = (
    Step(
        "anonymity",
        _("Staying unknown"),
        (
            one(
                "anonymity",
                _("May we know who you are?"),
                (
                    ("anonymous", _("No, I want to stay unknown")),
                    ("staff", _("Only your team may know")),
                    ("named", _("You may name me if I agree again later")),
                ),
                _("If you skip this, you stay unknown unless you give a name on the next pages."),
            ),
        ),
    ),
    Step(
        "your-name",
        _("A name for you"),
        (
            line(
                "name",
                _("A name to call you by"),
                _("It need not be your real name. Only the leads of our team can open this page’s answers."),
                identity=True,
            ),
            line("pronouns", _("Your pronouns"), _("For example: she, he, they."), identity=True),
        ),
        asked=_may_be_reached,
    ),
    Step(
        "contact",
        _("If you want us to reach you"),
        (
            line("phone", _("Phone"), identity=True),
            line("email", _("E-mail"), identity=True),
            note(
                "contact",
                _("Post, an app or another way"),
                _("You can leave this out: with your code you can come back and read our answer."),
                identity=True,
            ),
        ),
        asked=_may_be_reached,
    ),
    Step(
        "safe-contact",
        _("What is safe"),
        (
            many(
                "safe_ways",
                _("How may we reach you?"),
                (
                    ("call", _("Call me")),
                    ("voicemail", _("Leave a voicemail")),
                    ("text", _("Send a text")),
                    ("email", _("Send an e-mail")),
                    ("post", _("Send a letter")),
                ),
                identity=True,
            ),
            line("safe_hours", _("Which days and hours?"), identity=True),
            one("shared_phone", _("Does someone else use your phone?"), YES_NO, identity=True),
            line(
                "code_word", _("A word we should say first"), _("So that you know it is us."), identity=True
            ),
            line("must_not_know", _("Who must not know?"), identity=True),
            note("safe_contact", _("Anything else that keeps you safe?"), identity=True),
        ),
        asked=_may_be_reached,
    ),
    Step(
        "someone-else",
        _("Someone else"),
        (
            note(
                "other_contact",
                _("Is there someone we may contact if we cannot reach you?"),
                _("Name, how to reach them, and what they know."),
                identity=True,
            ),
        ),
        asked=_may_be_reached,
    ),
    Step(
        "language",
        _("Language"),
        (
            Question(
                "language",
                _("In which language should we answer?"),
                LIST,
                choices=(
                    ("en", "English"),
                    ("es", "Español"),
                    ("ar", "العربية"),
                    ("ku", "Kurdî / کوردی"),
                    ("so", "Soomaali"),
                    ("my", "မြန်မာ"),
                    ("sw", "Kiswahili"),
                    ("vi", "Tiếng Việt"),
                    ("am", "አማርኛ"),
                    ("other", _("Another one")),
                ),
            ),
            line("language_other", _("If another one: which?")),
            many(
                "language_help",
                _("Would any of these help?"),
                (
                    ("interpreter", _("Someone who translates")),
                    ("reading", _("Someone who reads it out to me")),
                    ("large-print", _("Large print")),
                    ("sign", _("Sign language")),
                ),
            ),
        ),
    ),
    Step(
        "heard",
        _("How you found us"),
        (
            one(
                "heard",
                _("How did you hear of this form?"),
                (
                    ("friend", _("Friend or family")),
                    ("school", _("Someone at school")),
                    ("event", _("An event")),
                    ("flyer", _("A flyer or poster")),
                    ("online", _("Online")),
                    ("group", _("Another group")),
                    ("other", _("Some other way")),
                ),
            ),
        ),
    ),
)

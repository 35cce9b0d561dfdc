"""The rows of the course: what is taught, certificates without a name, counts without people."""

from training.models.certificates import Certificate, CertificateLanguage
from training.models.counts import DailyCount, ItemCount, RatingCount, TrainingClass
from training.models.course import (
    Choice,
    Course,
    Decision,
    Fact,
    Lesson,
    Question,
    Reviewed,
    Scene,
    Signoff,
    Source,
)

__all__ = [
    "Certificate",
    "CertificateLanguage",
    "Choice",
    "Course",
    "DailyCount",
    "Decision",
    "Fact",
    "ItemCount",
    "Lesson",
    "Question",
    "RatingCount",
    "Reviewed",
    "Scene",
    "Signoff",
    "Source",
    "TrainingClass",
]

"""The addresses of the public pages, for search engines and for the tests that visit every page."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from portal.lib import places
from resources.models import Principle, Service
from training.models import Lesson, Scene

_NAMES = (
    "home", "overdose", "about", "privacy", "accessibility", "safety",
    "resources:harm_reduction", "resources:principles", "resources:services",
    "training:courses", "training:verify", "reporting:paper", "reporting:rights", "reporting:figures",
)  # fmt: skip


def fixed_paths() -> list[str]:
    """Return the paths of the reading pages that stand without content, in the order of the menu."""
    return [reverse(name) for name in _NAMES]


def _first_scenes() -> QuerySet[Scene]:
    return Scene.objects.filter(course__is_published=True, number=1).select_related("course")


def reading_paths() -> list[str]:
    """Return the paths of the fixed pages, the principles, the courses and their lessons."""
    lessons = Lesson.objects.filter(course__is_published=True).select_related("course")
    courses = {
        lesson.course.slug: reverse("training:course", args=[lesson.course.slug]) for lesson in lessons
    }
    return [
        *fixed_paths(),
        *(principle.get_absolute_url() for principle in Principle.objects.all()),
        *courses.values(),
        *(f"{path}{name}/" for path in courses.values() for name in ("refresher", "trainers")),
        *(scene.get_absolute_url() for scene in _first_scenes()),
        *(reverse("training:lesson", args=[lesson.course.slug, lesson.slug]) for lesson in lessons),
    ]


def every_path() -> list[str]:
    """Return the paths of all public pages: reading pages, counties, and the services that are listed."""
    return [
        *reading_paths(),
        *(reverse("resources:county", args=[county.slug]) for county in places.counties()),
        *(service.get_absolute_url() for service in Service.objects.listed()),
    ]

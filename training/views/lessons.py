"""What the course is, and its lessons: one idea a screen, each with an address of its own."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.caching import public_page
from portal.lib.crosssite import same_site_post
from portal.lib.throttle import allow
from training.forms import RatingsForm
from training.models import Course, DailyCount, Lesson, RatingCount, Source
from training.screens import screens

# Counted answers an hour from one address; the course itself goes on. Forty people behind one stay below.
COUNTED_AN_HOUR = 2000
_COUNTED_FOR = 24 * 3600  # seconds in which the same thing sent again is not counted again


def published_course(slug: str) -> Course:
    """Return the course that visitors see under `slug`; raise Http404 when there is none."""
    return get_object_or_404(Course, slug=slug, is_published=True)


def is_counted(request: HttpRequest, *what: str) -> bool:
    """Return whether this is to be counted: not without end from one address, and `what`, if told, once."""
    if not allow(request, "course-count", COUNTED_AN_HOUR, 3600):
        return False
    name = hashlib.blake2b("\n".join(what).encode(), digest_size=16).hexdigest()
    return not what or cache.add(f"counted:{name}", 1, timeout=_COUNTED_FOR)


@require_safe
@public_page
def courses(request: HttpRequest) -> HttpResponse:
    """List the courses."""
    found = Course.objects.filter(is_published=True).prefetch_related("lessons")
    return render(request, "training/courses.html", {"courses": found})


@require_safe
@public_page
def course(request: HttpRequest, course: str) -> HttpResponse:
    """Say what the course is, how long it takes, what it keeps, and list its lessons."""
    return _course_page(request, published_course(course), RatingsForm())


def _course_page(request: HttpRequest, found: Course, form: RatingsForm) -> HttpResponse:
    context = {
        "course": found,
        "lessons": found.lessons.all(),
        "has_scenes": found.scenes.exists(),
        "form": form,
    }
    return render(request, "training/course.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
def start(request: HttpRequest, course: str) -> HttpResponse:
    """Count that somebody begins, and how ready they feel if they say so; go to the first lesson."""
    found = published_course(course)
    if request.method != "POST":
        return redirect(found)
    form = RatingsForm(request.POST)
    if not form.is_valid():
        return _course_page(request, found, form)
    if is_counted(request):
        today = timezone.localdate()
        DailyCount.add(found, DailyCount.Kind.COURSE, today, language=get_language() or "")
        RatingCount.add(found, RatingCount.Moment.BEFORE, today, form.ratings())
    first = found.lessons.first()
    return redirect(first or found)


@require_safe
@public_page(query=("answer",))
def lesson(request: HttpRequest, course: str, lesson: str, screen: int = 1) -> HttpResponse:
    """Show one screen of a lesson. The last is the check question; `?answer=` explains its options."""
    found = get_object_or_404(
        Lesson.objects.select_related("course"), course__slug=course, course__is_published=True, slug=lesson
    )
    shown = screens(str(found.body))
    check = found.questions.checks().prefetch_related("choices").first()
    last = len(shown) + bool(check)
    if not 1 <= screen <= max(last, 1):
        raise Http404
    lessons = list(found.course.lessons.all())
    here = lessons.index(found)
    context = {
        "course": found.course,
        "lesson": found,
        "lessons": lessons,
        "screen": shown[screen - 1] if screen <= len(shown) else None,
        "number": screen,
        "last": last,
        "previous": lessons[here - 1] if here else None,
        "next": lessons[here + 1] if here + 1 < len(lessons) else None,
    }
    if screen > len(shown) or last <= 1:
        choices = list(check.choices.all()) if check else []
        answer = request.GET.get("answer", "")
        chosen = next((choice for choice in choices if choice.key == answer), None)
        context |= {
            "check": check,
            "choices": choices,
            "chosen": chosen,
            "is_unanswered": "answer" in request.GET and not chosen,
            "sources": Source.objects.filter(facts__code__in=found.facts).distinct(),
        }
    response = render(request, "training/lesson.html", context)
    if request.GET and not context.get("chosen"):
        # Any text can stand in a link: such pages must not fill the page cache.
        response.headers["Cache-Control"] = "public, max-age=60"
    return response

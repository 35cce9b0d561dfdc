"""What the course is, and its lessons."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.lib.caching import public_page
from training.models import Course, Lesson, Source


def published_course(slug: str) -> Course:
    """Return the course that visitors see under `slug`; raise Http404 when there is none."""
    return get_object_or_404(Course, slug=slug, is_published=True)


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
    found = published_course(course)
    return render(request, "training/course.html", {"course": found, "lessons": found.lessons.all()})


@require_safe
@public_page(query=("answer",))
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """Show one lesson; `?answer=` with an option key shows what the check question's options mean."""
    found = get_object_or_404(
        Lesson.objects.select_related("course"), course__slug=course, course__is_published=True, slug=lesson
    )
    lessons = list(found.course.lessons.all())
    here = lessons.index(found)
    check = found.questions.checks().prefetch_related("choices").first()
    choices = list(check.choices.all()) if check else []
    answer = request.GET.get("answer", "")
    chosen = next((choice for choice in choices if choice.key == answer), None)
    context = {
        "course": found.course,
        "lesson": found,
        "lessons": lessons,
        "previous": lessons[here - 1] if here else None,
        "next": lessons[here + 1] if here + 1 < len(lessons) else None,
        "check": check,
        "choices": choices,
        "chosen": chosen,
        "is_unanswered": "answer" in request.GET and not chosen,
        "sources": Source.objects.filter(facts__code__in=found.facts).distinct(),
    }
    response = render(request, "training/lesson.html", context)
    if context["is_unanswered"]:
        # Any text can stand in a link: such pages must not fill the page cache.
        response.headers["Cache-Control"] = "public, max-age=60"
    return response

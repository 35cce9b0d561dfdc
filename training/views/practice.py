"""The decision scenario, page by page: a scene with its choices, and what comes of each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from portal.lib.caching import public_page
from training.models import Decision, Scene, Source
from training.views.lessons import published_course

# The lesson that the scenario puts to use: the six steps.
PRACTICED_LESSON = 3


@require_safe
@public_page
def practice(request: HttpRequest, course: str) -> HttpResponse:
    """Lead to the scene that begins the scenario of the course."""
    first = published_course(course).scenes.select_related("course").first()
    if first is None:
        raise Http404
    return redirect(first)


@require_safe
@public_page
def scene(request: HttpRequest, course: str, scene: str) -> HttpResponse:
    """Show one scene and what may be done in it, or how the story ends."""
    found = get_object_or_404(
        Scene.objects.select_related("course"), course__slug=course, course__is_published=True, slug=scene
    )
    decisions = [] if found.is_end else list(found.decisions.all())
    context = {"course": found.course, "scene": found, "decisions": decisions, "sources": _sources(found)}
    if not decisions:
        context["lesson"] = found.course.lessons.filter(number=PRACTICED_LESSON).first()
    return render(request, "training/scene.html", context)


@require_safe
@public_page
def decision(request: HttpRequest, course: str, scene: str, key: str) -> HttpResponse:
    """Show what comes of one decision, and the way on."""
    found = get_object_or_404(
        Decision.objects.select_related("scene__course"),
        scene__course__slug=course,
        scene__course__is_published=True,
        scene__slug=scene,
        scene__is_end=False,
        key=key,
    )
    here = found.scene
    context = {
        "course": here.course,
        "scene": here,
        "decision": found,
        # Staff may have named a scene that is gone: then the way on begins anew.
        "next": here.course.scenes.filter(slug=found.leads_to).first(),
        "sources": _sources(here),
    }
    return render(request, "training/decision.html", context)


def _sources(scene: Scene) -> list[Source]:
    return list(Source.objects.filter(facts__code__in=scene.facts).distinct())

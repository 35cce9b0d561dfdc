"""Addresses of screens, and of the page that keeps a place."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from training.models import Course, Lesson

register = template.Library()


@register.simple_tag
def screen_url(lesson: Lesson, number: int) -> str:
    """Return the address of a screen; the first is the lesson's own."""
    if number <= 1:
        return lesson.get_absolute_url()
    return reverse("training:screen", args=[lesson.course.slug, lesson.slug, number])


@register.simple_tag(takes_context=True)
def keep_url(context: Any, course: Course) -> str:
    """Return the address that keeps the place of the page that is shown."""
    own = reverse("training:course", args=[course.slug])
    at = context.request.path.removeprefix(own)
    return f"{reverse('training:place', args=[course.slug])}?{urlencode({'at': at})}"

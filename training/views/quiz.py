"""The quiz, one question a page. All of it stands in the address; nothing is stored with a person."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.caching import View, private_page, public_page
from portal.lib.crosssite import same_site_post
from training import attempts
from training.attempts import Attempt
from training.draw import BankTooSmall
from training.forms import ClaimForm, QuestionForm, RatingsForm, StartForm
from training.models import Course, DailyCount, ItemCount, RatingCount
from training.reminders import calendar_file
from training.views.lessons import is_counted, published_course


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@public_page
def quiz(request: HttpRequest, course: str) -> HttpResponse:
    """Say how the quiz works and draw twelve questions when it is started."""
    found = published_course(course)
    if request.method != "POST":
        form = StartForm(found, initial={"class_code": request.GET.get("class", "")[:20]})
        return render(request, "training/quiz.html", {"course": found, "form": form})
    form = StartForm(found, request.POST)
    if not form.is_valid():
        return render(request, "training/quiz.html", {"course": found, "form": form}, status=422)
    told = form.cleaned_data
    return _begin(request, found, attempts.QUIZ, county=told["county"], class_code=told["class_code"])


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@public_page
def refresher(request: HttpRequest, course: str) -> HttpResponse:
    """Bring the six steps back to mind, and draw six questions when asked to."""
    found = published_course(course)
    if request.method == "POST":
        return _begin(request, found, attempts.REFRESHER)
    return render(request, "training/refresher.html", {"course": found})


def _begin(
    request: HttpRequest, course: Course, kind: str, *, county: str = "", class_code: str = ""
) -> HttpResponse:
    try:
        attempt = attempts.new_attempt(course, kind=kind, county=county, class_code=class_code)
    except BankTooSmall:
        return render(request, "training/no_quiz.html", {"course": course}, status=503)
    if kind == attempts.QUIZ and is_counted(request, attempt.seed):
        _count(attempt, DailyCount.Kind.STARTED)
    return redirect("training:question", course=course.slug, attempt=attempt.signed())


def _count(attempt: Attempt, kind: str) -> None:
    DailyCount.add(
        attempt.course,
        kind,
        timezone.localdate(),
        county=attempt.county,
        class_=attempt.class_code,
        language=get_language() or "",
    )


def _with_attempt(view: Callable[[HttpRequest, Attempt, str], HttpResponse]) -> View:
    """Give `view` the attempt that its address holds, or say kindly that it cannot be used any more."""

    @functools.wraps(view)
    def read(request: HttpRequest, course: str, attempt: str) -> HttpResponse:
        found = published_course(course)
        try:
            now = attempts.read_attempt(found, attempt)
        except attempts.StaleAttempt:
            return render(request, "training/stale.html", {"course": found}, status=410)
        return view(request, now, attempt)

    return read


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
@_with_attempt
def question(request: HttpRequest, now: Attempt, token: str) -> HttpResponse:
    """Ask the question that is open, and take its answer."""
    step = now.open_step
    if step is None:
        return redirect("training:result", course=now.course.slug, attempt=token)
    if request.method == "POST":
        return _take_answer(request, now, QuestionForm(step.asked, request.POST), token)
    form = QuestionForm(step.asked, {} if "missing" in request.GET else None)
    context = {"course": now.course, "attempt": now, "step": step, "form": form, "token": token}
    return render(request, "training/question.html", context)


def _take_answer(request: HttpRequest, now: Attempt, form: QuestionForm, token: str) -> HttpResponse:
    if not form.is_valid():
        # Back must not ask to send a form again, so the sentence stands on a page of its own.
        here = reverse("training:question", args=[now.course.slug, token])
        return redirect(f"{here}?missing=1")
    answered = now.answered(form.cleaned_data["answer"])
    _count_answer(request, answered, token)
    return redirect("training:answered", course=now.course.slug, attempt=answered.signed())


def _count_answer(request: HttpRequest, answered: Attempt, token: str) -> None:
    """Count one answer, and the quiz or refresher that it ends. Back and sending it again count once."""
    step = answered.last_step
    if step is None or step.chosen is None or not is_counted(request, token):
        return
    ItemCount.add(step.asked.question, answered.course.version, step.chosen, is_right=step.is_right)
    if answered.open_step:
        return
    if answered.kind == attempts.REFRESHER:
        _count(answered, DailyCount.Kind.REFRESHER)
    elif answered.score().is_passed:
        _count(answered, DailyCount.Kind.FINISHED)


@require_safe
@private_page
@_with_attempt
def answered(request: HttpRequest, now: Attempt, token: str) -> HttpResponse:
    """Explain every option of the question that was answered last, and lead on."""
    step = now.last_step
    if step is None:
        return redirect("training:question", course=now.course.slug, attempt=token)
    context = {
        "course": now.course,
        "attempt": now,
        "step": step,
        "following": now.open_step,
        "token": token,
    }
    return render(request, "training/answered.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
@_with_attempt
def result(request: HttpRequest, now: Attempt, token: str) -> HttpResponse:
    """Tell how it went, offer the certificate when it is passed, and take how ready somebody feels now."""
    if now.open_step:
        return redirect("training:question", course=now.course.slug, attempt=token)
    ratings = RatingsForm(request.POST if request.method == "POST" else None)
    if ratings.is_bound and ratings.is_valid():
        if is_counted(request, token, "after"):
            RatingCount.add(now.course, RatingCount.Moment.AFTER, timezone.localdate(), ratings.ratings())
        here = reverse("training:result", args=[now.course.slug, token])
        return redirect(f"{here}?rated=1#rated")
    return _result_page(request, now, token, ratings)


def _result_page(request: HttpRequest, now: Attempt, token: str, ratings: RatingsForm) -> HttpResponse:
    context: dict[str, Any] = {
        "course": now.course,
        "attempt": now,
        "steps": now.steps(),
        "right": sum(step.is_right for step in now.steps() if not step.is_again),
        "token": token,
        "ratings": ratings,
        "is_rated": "rated" in request.GET,
    }
    if now.kind == attempts.QUIZ:
        context["score"] = score = now.score()
        if score.is_passed:
            context["claim"] = ClaimForm(initial={"passed": attempts.passed_token(now)})
    name = "training/result.html" if now.kind == attempts.QUIZ else "training/refreshed.html"
    return render(request, name, context, status=422 if ratings.errors else 200)


@require_safe
@public_page
def reminders(request: HttpRequest, course: str) -> HttpResponse:
    """Give the calendar file that leads back to the refresher after 3 and 12 months."""
    found = published_course(course)
    content = calendar_file(
        title=_("Naloxone refresher, 3 minutes"),
        words=_("Six questions bring it all back. You need no account."),
        address=f"{settings.SITE_URL}{reverse('training:refresher', args=[found.slug])}",
        today=timezone.localdate(),
        stamp=timezone.now(),
    )
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="naloxone-refresher.ics"'},
    )

"""The quiz: it lives in the trainee's own page, and nothing of it is stored with a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.caching import private_page
from portal.lib.crosssite import same_site_post
from training import attempts
from training.draw import BankTooSmall
from training.forms import ClaimForm, QuizForm
from training.models import DailyCount
from training.views.lessons import published_course


@require_safe
@private_page
def quiz(request: HttpRequest, course: str) -> HttpResponse:
    """Show twelve freshly drawn questions."""
    found = published_course(course)
    try:
        sheet = attempts.new_sheet(found)
    except BankTooSmall:
        return render(request, "training/no_quiz.html", {"course": found}, status=503)
    return _quiz_page(request, sheet, QuizForm(sheet.asked))


def _quiz_page(request: HttpRequest, sheet: attempts.Sheet, form: QuizForm) -> HttpResponse:
    context = {"course": sheet.course, "sheet": sheet, "form": form, "token": sheet.signed()}
    return render(request, "training/quiz.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def result(request: HttpRequest, course: str) -> HttpResponse:
    """Score the answers of one round and show every option's feedback."""
    found = published_course(course)
    if request.method != "POST":
        return redirect("training:quiz", course=found.slug)
    try:
        sheet = attempts.read_sheet(found, request.POST.get("sheet", ""))
    except attempts.StaleSheet:
        return render(request, "training/stale.html", {"course": found}, status=410)
    form = QuizForm(sheet.to_answer(), request.POST)
    if not form.is_valid():
        return _quiz_page(request, sheet, form)
    return _result_page(request, sheet, form.answers())


def _result_page(
    request: HttpRequest, sheet: attempts.Sheet, answers: dict[str, frozenset[str]]
) -> HttpResponse:
    score = sheet.score_with(answers)
    today = timezone.localdate()
    if not sheet.is_second_round:
        DailyCount.add(sheet.course, DailyCount.Kind.STARTED, today)
    context: dict[str, Any] = {
        "course": sheet.course,
        "score": score,
        "total": len(sheet.asked),
        "is_second_round": sheet.is_second_round,
        "answered": [(entry, answers[entry.question.slug]) for entry in sheet.to_answer()],
    }
    if score.is_passed:
        DailyCount.add(sheet.course, DailyCount.Kind.FINISHED, today)
        context["claim"] = ClaimForm(initial={"passed": attempts.passed_token(sheet.course)})
    elif score.open and not sheet.is_second_round:
        again = attempts.second_round(sheet, answers, score.open)
        if again.again:
            context |= {"again": again, "form": QuizForm(again.again), "token": again.signed()}
    return render(request, "training/result.html", context)

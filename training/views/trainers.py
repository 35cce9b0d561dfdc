"""For people who train others: how to run a class, paper to print, and the page of a class."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from portal.lib import printing, qr
from portal.lib.caching import private_page, public_page
from portal.lib.throttle import allow
from training import classes, figures, paper
from training.draw import BankTooSmall
from training.models import DailyCount, TrainingClass
from training.views.certificates import LOOKS_AN_HOUR
from training.views.lessons import published_course


@require_safe
@public_page
def trainers(request: HttpRequest, course: str) -> HttpResponse:
    """Say how to run a class of 15 to 60 minutes, and offer what can be printed."""
    found = published_course(course)
    lessons = list(found.lessons.all())
    context = {"course": found, "lessons": lessons, "stations": paper.stations()}
    return render(request, "training/trainers.html", context)


@require_safe
def guide(request: HttpRequest, course: str) -> HttpResponse:
    """Answer with the trainer's guide. Its PDF is kept in memory: asking again costs little (`printing`)."""
    found = published_course(course)
    html = paper.guide_html(found, timezone.localdate())
    return _paper(request, html, f"{found.slug}-trainer-guide.pdf")


@require_safe
def paper_quiz(request: HttpRequest, course: str, form: str) -> HttpResponse:
    """Answer with form A or B of the paper quiz and its key. Its PDF is kept as the guide's is."""
    if form not in paper.FORMS:
        raise Http404
    found = published_course(course)
    try:
        html = paper.quiz_html(found, form)
    except BankTooSmall:
        return render(request, "training/no_quiz.html", {"course": found}, status=503)
    return _paper(request, html, f"{found.slug}-quiz-{form}.pdf")


def _paper(request: HttpRequest, html: str, name: str) -> HttpResponse:
    try:
        content = printing.printed(html, paper.STYLE)
    except printing.CannotPrint:
        return render(request, "503.html", status=503)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            # A browser may keep it; the page cache of the server need not hold it a second time.
            "Cache-Control": "public, max-age=300",
        },
    )


@require_safe
@private_page
def training_class(request: HttpRequest, code: str) -> HttpResponse:
    """Show how a class begins and what it counted. Whoever has the code may see it; it names nobody."""
    if not allow(request, "class-look", LOOKS_AN_HOUR, 3600):
        return render(request, "training/too_many.html", status=429)
    known = TrainingClass.objects.select_related("course").filter(course__is_published=True)
    group = known.filter(code=classes.read(code) or "").first()
    if group is None:
        return render(request, "training/class_unknown.html", {"typed": code[:20]}, status=404)
    if code != group.code:
        return redirect(group)
    counts = figures.class_counts(group)
    context = {
        "group": group,
        "course": group.course,
        "is_open": group.is_open(timezone.localdate()),
        "started": counts[DailyCount.Kind.STARTED],
        "passed": counts[DailyCount.Kind.FINISHED],
        "certificates": counts[DailyCount.Kind.CERTIFICATE],
        "qr": mark_safe(qr.svg(f"{settings.SITE_URL}{group.get_absolute_url()}")),  # noqa: S308 (dots only)
    }
    return render(request, "training/class.html", context)

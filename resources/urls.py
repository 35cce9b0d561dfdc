"""Addresses of the reading pages and the directory; their names are final, they are printed in QR codes."""

from __future__ import annotations

from django.urls import path

from resources.views import find, paper, reading, suggest, table

app_name = "resources"
urlpatterns = [
    path("harm-reduction/", reading.harm_reduction, name="harm_reduction"),
    path("principles/", reading.principles, name="principles"),
    path("principles/<slug:slug>/", reading.principle, name="principle"),
    path("resources/", find.services, name="services"),
    path("resources/print/", paper.print_sheet, name="print"),
    path("resources/export.csv", table.export_csv, name="export"),
    path("resources/county/<slug:slug>/", find.county, name="county"),
    path("resources/missing/", suggest.missing, name="missing"),
    path("resources/<slug:slug>/", find.service, name="service"),
    path("resources/<slug:slug>/wrong/", suggest.wrong, name="wrong"),
]

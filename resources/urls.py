"""Addresses of the reading pages and the directory; their names are final, they are printed in QR codes."""

from __future__ import annotations

from django.urls import path

from resources import views

app_name = "resources"
urlpatterns = [
    path("harm-reduction/", views.harm_reduction, name="harm_reduction"),
    path("principles/", views.principles, name="principles"),
    path("principles/<slug:slug>/", views.principle, name="principle"),
    path("resources/", views.services, name="services"),
    path("resources/print/", views.print_sheet, name="print"),
    path("resources/export.csv", views.export_csv, name="export"),
    path("resources/county/<slug:slug>/", views.county, name="county"),
    path("resources/<slug:slug>/", views.service, name="service"),
]

"""Addresses of the reading pages and the directory; their names are final, they are printed in QR codes."""

from __future__ import annotations

from django.urls import path

from resources.views import feeds, find, hsds, paper, reading, suggest, table

app_name = "resources"
urlpatterns = [
    path("harm-reduction/", reading.harm_reduction, name="harm_reduction"),
    path("principles/", reading.principles, name="principles"),
    path("principles/<slug:slug>/", reading.principle, name="principle"),
    path("resources/", find.services, name="services"),
    path("resources/print/", paper.print_sheet, name="print"),
    path("resources/export.csv", table.export_csv, name="export"),
    path("resources/county/<slug:slug>/", find.county, name="county"),
    path("resources/county/<slug:slug>/sheet.pdf", paper.county_sheet, name="county_sheet"),
    path(
        "resources/county/<slug:slug>/sheet-large.pdf",
        paper.county_sheet,
        {"is_large": True},
        name="county_sheet_large",
    ),
    path("resources/county/<slug:slug>/save/", paper.county_save, name="county_save"),
    path("resources/topic/<slug:slug>/sheet.pdf", paper.topic_sheet, name="topic_sheet"),
    path(
        "resources/topic/<slug:slug>/sheet-large.pdf",
        paper.topic_sheet,
        {"is_large": True},
        name="topic_sheet_large",
    ),
    path("resources/changes.atom", feeds.changes, name="changes"),
    path("resources/near/", find.near, name="near"),
    path("resources/missing/", suggest.missing, name="missing"),
    path("resources/hsds/", hsds.index, name="hsds_index"),
    path("resources/hsds/services/", hsds.services, name="hsds_services"),
    path("resources/hsds/services/<uuid:uuid>/", hsds.service, name="hsds_service"),
    path("resources/hsds/organizations/", hsds.organizations, name="hsds_organizations"),
    path("resources/hsds/organizations/<uuid:uuid>/", hsds.organization, name="hsds_organization"),
    path("resources/hsds/taxonomies/", hsds.taxonomies, name="hsds_taxonomies"),
    path("resources/hsds/taxonomies/<uuid:uuid>/", hsds.taxonomy, name="hsds_taxonomy"),
    path("resources/hsds/taxonomy_terms/", hsds.taxonomy_terms, name="hsds_taxonomy_terms"),
    path("resources/hsds/taxonomy_terms/<uuid:uuid>/", hsds.taxonomy_term, name="hsds_taxonomy_term"),
    path("resources/hsds/package.json", hsds.package_json, name="hsds_package_json"),
    path("resources/hsds/package.zip", hsds.package_zip, name="hsds_package_zip"),
    path("resources/<slug:slug>/", find.service, name="service"),
    path("resources/<slug:slug>/wrong/", suggest.wrong, name="wrong"),
]

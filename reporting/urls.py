"""Addresses of the reporter's pages. The slugs of the steps stand in `reporting.schema`."""

from django.urls import path

from reporting import box, figurepages, rights, views
from reporting.files import views as files

app_name = "reporting"
urlpatterns = [
    path("report/", views.start, name="start"),
    path("report/return/", box.come_back, name="return"),
    path("report/review/", views.review, name="review"),
    path("report/paper/", views.paper, name="paper"),
    path("report/sent/", views.sent, name="sent"),
    path("report/files/", files.draft_files, name="files"),
    path("report/return/files/", files.box_files, name="box_files"),
    path("report/return/file/", files.box_download, name="box_file"),
    path("report/<slug:slug>/", views.step, name="step"),
    path("rights/", rights.rights, name="rights"),
    path("rights/dates/", rights.dates, name="rights_dates"),
    path("figures/", figurepages.figures, name="figures"),
    path("figures/figures.csv", figurepages.as_csv, name="figures_csv"),
]

"""Addresses of the reporter's pages. The slugs of the steps stand in `reporting.forms`."""

from django.urls import path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("report/", views.start, name="start"),
    path("report/return/", views.come_back, name="return"),
    path("report/review/", views.review, name="review"),
    path("report/sent/", views.sent, name="sent"),
    path("report/<slug:slug>/", views.step, name="step"),
    path("rights/", views.rights, name="rights"),
    path("figures/", views.figures, name="figures"),
]

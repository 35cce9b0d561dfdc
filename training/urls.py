"""Addresses of the course. The address of a certificate is printed as a QR code: never change it."""

from django.urls import path

from training import views

app_name = "training"
urlpatterns = [
    path("", views.courses, name="courses"),
    path("certificates/", views.verify, name="verify"),
    path("certificates/<str:code>/", views.certificate, name="certificate"),
    path("<slug:course>/", views.course, name="course"),
    path("<slug:course>/quiz/", views.quiz, name="quiz"),
    path("<slug:course>/result/", views.result, name="result"),
    path("<slug:course>/certificate/", views.claim, name="claim"),
    path("<slug:course>/<slug:lesson>/", views.lesson, name="lesson"),
]

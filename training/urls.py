"""Addresses of the course. The address of a certificate is printed as a QR code: never change it."""

from django.urls import path

from training.views import certificates, lessons, quiz

app_name = "training"
urlpatterns = [
    path("", lessons.courses, name="courses"),
    path("certificates/", certificates.verify, name="verify"),
    path("certificates/<str:code>/", certificates.certificate, name="certificate"),
    path("<slug:course>/", lessons.course, name="course"),
    path("<slug:course>/quiz/", quiz.quiz, name="quiz"),
    path("<slug:course>/result/", quiz.result, name="result"),
    path("<slug:course>/certificate/", certificates.claim, name="claim"),
    path("<slug:course>/<slug:lesson>/", lessons.lesson, name="lesson"),
]

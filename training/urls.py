"""Addresses of the course. The address of a certificate is printed as a QR code: never change it."""

from django.urls import path

from training.views import certificates, lessons, place, practice, quiz, trainers

app_name = "training"
urlpatterns = [
    path("", lessons.courses, name="courses"),
    path("certificates/", certificates.verify, name="verify"),
    path("certificates/<str:code>/", certificates.certificate, name="certificate"),
    path("classes/<str:code>/", trainers.training_class, name="class"),
    path("<slug:course>/", lessons.course, name="course"),
    path("<slug:course>/start/", lessons.start, name="start"),
    path("<slug:course>/place/", place.place, name="place"),
    path("<slug:course>/quiz/", quiz.quiz, name="quiz"),
    path("<slug:course>/quiz/<str:attempt>/", quiz.answered, name="answered"),
    path("<slug:course>/quiz/<str:attempt>/next/", quiz.question, name="question"),
    path("<slug:course>/result/<str:attempt>/", quiz.result, name="result"),
    path("<slug:course>/refresher/", quiz.refresher, name="refresher"),
    path("<slug:course>/refresher.ics", quiz.reminders, name="reminders"),
    path("<slug:course>/certificate/", certificates.claim, name="claim"),
    path("<slug:course>/trainers/", trainers.trainers, name="trainers"),
    path("<slug:course>/trainers/guide.pdf", trainers.guide, name="guide"),
    path("<slug:course>/trainers/quiz-<str:form>.pdf", trainers.paper_quiz, name="paper_quiz"),
    path("<slug:course>/practice/", practice.practice, name="practice"),
    path("<slug:course>/practice/<slug:scene>/", practice.scene, name="scene"),
    path("<slug:course>/practice/<slug:scene>/<str:key>/", practice.decision, name="decision"),
    path("<slug:course>/<slug:lesson>/", lessons.lesson, name="lesson"),
    path("<slug:course>/<slug:lesson>/<int:screen>/", lessons.lesson, name="screen"),
]

from django.http import HttpResponse
from django.urls import path

app_name = "resources"
urlpatterns = [
    path("harm-reduction/", lambda request: HttpResponse(), name="harm_reduction"),
    path("principles/", lambda request: HttpResponse(), name="principles"),
    path("resources/", lambda request: HttpResponse(), name="services"),
]

"""The addresses of the portal. English stands at the root, other languages under their code."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from portal import views

handler400 = "portal.faults.bad_request"
handler403 = "portal.faults.permission_denied"
handler404 = "portal.faults.page_not_found"
handler500 = "portal.faults.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("service-worker.js", views.service_worker, name="service_worker"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("overdose/", views.overdose, name="overdose"),
        path("about/", views.about, name="about"),
        path("privacy/", views.privacy, name="privacy"),
        path("accessibility/", views.accessibility, name="accessibility"),
        path("safety/", views.safety, name="safety"),
        path("leave/", views.leave, name="leave"),
        path("manifest.webmanifest", views.manifest, name="manifest"),
        path("", include("resources.urls")),
        path("training/", include("training.urls")),
        path("", include("reporting.urls")),
        prefix_default_language=False,
    ),
]

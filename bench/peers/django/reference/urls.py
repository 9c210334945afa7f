from django.contrib.auth.views import LoginView
from django.urls import path

from . import views

urlpatterns = [
    path("healthz", views.alive),
    path("login/", LoginView.as_view(template_name="login.html")),
    path("k/<slug:slug>", views.dashboard),
    path("k/<slug:slug>/tickets", views.create),
    path("k/<slug:slug>/tickets/<int:number>", views.report),
    path("k/<slug:slug>/tickets/<int:number>/comments", views.comment),
    path("k/<slug:slug>/tickets/<int:number>/status", views.status),
]

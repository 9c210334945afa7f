from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    # To see that it is there, without what its own pages cost.
    path("healthz", lambda request: HttpResponse("ok")),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]

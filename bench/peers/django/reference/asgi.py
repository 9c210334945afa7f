"""The sockets; pages are served by gunicorn."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from reference.models import Membership  # noqa: E402


class Live(AsyncWebsocketConsumer):
    joined = ()

    async def connect(self):
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close(4401)
            return
        kosts = Membership.objects.filter(user=user).values_list("kost", flat=True)
        self.joined = [f"user.{user.pk}"] + [f"kost.{kost}" async for kost in kosts]
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        await self.send('{"type":"hello"}')

    async def disconnect(self, code):
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def tell(self, event):
        await self.send(event["text"])


application = ProtocolTypeRouter(
    {"http": pages, "websocket": AuthMiddlewareStack(URLRouter([path("live", Live.as_asgi())]))}
)

"""So many tickets in one queue, and one member of staff with the session "bench"."""

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from helpdesk.models import FollowUp, Queue, Ticket


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("tickets", type=int)

    @transaction.atomic
    def handle(self, tickets, **_):
        now = timezone.now()
        staff = get_user_model().objects.create_superuser("bench", "bench@kost.example", "kursi biru hujan")
        queue = Queue.objects.create(title="Kost", slug="kost", allow_public_submission=True)
        rows = [
            Ticket(
                id=n, queue=queue, title=f"Keran di kamar mandi menetes {n}", assigned_to=staff,
                description="Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. Mohon dilihat.",
                submitter_email=f"penghuni{n % 50}@kost.example", priority=3, secret_key=f"key-{n}",
                status=1 if n > tickets - 40 else 4, created=now - timedelta(hours=2 * (tickets - n)),
            )
            for n in range(1, tickets + 1)
        ]
        Ticket.objects.bulk_create(rows, 1000)
        FollowUp.objects.bulk_create(
            [FollowUp(ticket_id=n, title="Comment", comment="Saya datang besok pagi.", public=True, user=staff,
                      date=now) for n in range(1, tickets + 1)], 1000)
        content = {
            SESSION_KEY: str(staff.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: staff.get_session_auth_hash(),
        }
        Session.objects.create(
            session_key="b" * 32, session_data=SessionStore().encode(content), expire_date=now + timedelta(days=14))

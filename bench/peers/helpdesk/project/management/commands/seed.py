"""So many tickets in five queues, each with a member of staff who sees that one alone.
The first queue's has the session "bench"."""

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import Permission
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
        each = tickets // 5
        queues, staff = [], []
        for place in range(5):
            slug = f"kost-{place}" if place else "kost"
            queue = Queue.objects.create(title=slug, slug=slug, allow_public_submission=place == 0)
            person = get_user_model().objects.create_user(
                f"bench-{place}", f"bench-{place}@kost.example", "kursi biru hujan", is_staff=True)
            person.user_permissions.add(Permission.objects.get(codename=queue.permission_name.split(".")[1]))
            queues.append(queue)
            staff.append(person)
        # The first queue's come first, the oldest of each queue before the others.
        rows = []
        for n in range(1, tickets + 1):
            place, age = (n - 1) // each, each - 1 - (n - 1) % each
            rows.append(Ticket(
                id=n, queue=queues[place], title=f"Keran di kamar mandi menetes {n}", assigned_to=staff[place],
                description="Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. Mohon dilihat.",
                submitter_email=f"penghuni{n % 50}@kost.example", priority=3, secret_key=f"key-{n}",
                status=1 if age < 40 else 4, created=now - timedelta(hours=2 * age),
            ))
        Ticket.objects.bulk_create(rows, 1000)
        FollowUp.objects.bulk_create(
            [FollowUp(ticket=row, title="Comment", comment="Saya datang besok pagi.", public=True, user=row.assigned_to,
                      date=now) for row in rows], 1000)
        content = {
            SESSION_KEY: str(staff[0].pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: staff[0].get_session_auth_hash(),
        }
        Session.objects.create(
            session_key="b" * 32, session_data=SessionStore().encode(content), expire_date=now + timedelta(days=14))

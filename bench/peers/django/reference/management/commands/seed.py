"""As many kosts, people and tickets as are asked for. Everybody is logged in: the
session's key is the user's id, filled up with zeros."""

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from reference.models import Activity, Kost, Membership, Notification, Ticket


class Command(BaseCommand):
    def add_arguments(self, parser):
        for name in ["tickets", "kosts", "residents"]:
            parser.add_argument(name, type=int)

    @transaction.atomic
    def handle(self, tickets, kosts, residents, **_):
        user_model = get_user_model()
        people = 4 + residents
        Kost.objects.bulk_create(Kost(id=k, name=f"Kost Bench {k}", slug=f"bench-{k}") for k in range(1, kosts + 1))
        roles = ["owner", "manager", "caretaker", "caretaker"] + ["resident"] * residents
        users, stays = [], []
        for kost in range(1, kosts + 1):
            for place, role in enumerate(roles):
                pk = (kost - 1) * people + place + 1
                users.append(user_model(id=pk, username=f"bench-{pk}", first_name=f"Penghuni {place}", password="!"))
                stays.append(Membership(kost_id=kost, user_id=pk, role=role, room=f"Kamar {101 + place % 24}"))
        user_model.objects.bulk_create(users, 2000)
        Membership.objects.bulk_create(stays, 2000)
        self.tickets(tickets, kosts, residents, people)
        self.sessions(users)

    def tickets(self, tickets, kosts, residents, people):
        now = timezone.now()
        first = tickets // 5
        rows, steps = [], []
        for n in range(1, tickets + 1):
            kost = 1 if n <= first or kosts == 1 else 2 + (n - first - 1) % (kosts - 1)
            number = n if n <= first or kosts == 1 else 1 + (n - first - 1) // (kosts - 1)
            age = (first if kost == 1 else (tickets - first) // max(1, kosts - 1)) - number
            opened = now - timedelta(hours=2 * max(age, 0) + 1)
            state = "done" if age >= 40 else ("in_progress" if number % 3 == 0 else "open")
            reporter = (kost - 1) * people + 5 + number % residents
            rows.append(Ticket(
                id=n, kost_id=kost, number=number, reporter_id=reporter, assignee_id=(kost - 1) * people + 3 + number % 2,
                category="water", status=state, title=f"Keran di kamar mandi menetes {number}",
                description="Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. Mohon dilihat.",
                opened_at=opened, changed_at=opened + timedelta(hours=20 if state == "done" else 0),
            ))
            for kind in ["opened", "assigned"] + (["commented", "status_changed", "confirmed"] if state == "done" else []):
                steps.append(Activity(ticket_id=n, actor_id=reporter, kind=kind, at=opened,
                                      body="Saya datang besok pagi." if kind == "commented" else ""))
        Ticket.objects.bulk_create(rows, 2000)
        Activity.objects.bulk_create(steps, 2000)
        manager = Activity.objects.filter(kind="opened", ticket__kost_id=1).values_list("pk", flat=True)
        Notification.objects.bulk_create(
            [Notification(user_id=2, activity_id=pk, is_read=place % 50 > 0) for place, pk in enumerate(manager)], 2000
        )

    def sessions(self, users):
        later = timezone.now() + timedelta(days=14)
        store, rows = SessionStore(), []
        for user in users:
            key = f"{user.pk:0>32}"
            content = {
                SESSION_KEY: str(user.pk),
                BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
                HASH_SESSION_KEY: user.get_session_auth_hash(),
            }
            rows.append(Session(session_key=key, session_data=store.encode(content), expire_date=later))
        Session.objects.bulk_create(rows, 2000)

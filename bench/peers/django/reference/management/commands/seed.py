"""As many kosts, people and tickets as are asked for. Everybody is logged in: the
session's key is the user's id, filled up with zeros."""

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from reference.models import Kost, Membership

# A fifth of the tickets is of the first kost, one every two hours; the last forty of each kost are not done.
TICKETS = """
    INSERT INTO reference_ticket (id, kost_id, number, reporter_id, assignee_id, category, priority, status, title,
                                  description, opened_at, changed_at)
    WITH RECURSIVE
        shape AS (SELECT %(tickets)s AS tickets, %(kosts)s AS kosts, %(residents)s AS residents, %(people)s AS people,
                         CASE WHEN %(kosts)s = 1 THEN %(tickets)s ELSE %(tickets)s / 5 END AS first),
        n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < (SELECT tickets FROM shape)),
        placed AS (
            SELECT n, people, residents,
                   CASE WHEN n <= first THEN 1 ELSE 2 + (n - first - 1) %% (kosts - 1) END AS kost,
                   CASE WHEN n <= first THEN n ELSE 1 + (n - first - 1) / (kosts - 1) END AS number,
                   CASE WHEN n <= first THEN first ELSE (tickets - first) / (kosts - 1) END AS newest
            FROM n, shape
        ),
        aged AS (SELECT *, max(newest - number, 0) AS age FROM placed)
    SELECT n, kost, number, (kost - 1) * people + 5 + number %% residents, (kost - 1) * people + 3 + number %% 2,
           'water', 'medium', CASE WHEN age >= 40 THEN 'done' WHEN number %% 3 = 0 THEN 'in_progress' ELSE 'open' END,
           'Keran di kamar mandi menetes ' || number,
           'Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. Mohon dilihat.',
           datetime('now', format('-%%d hours', 2 * age + 1)),
           datetime('now', format('-%%d hours', 2 * age + CASE WHEN age >= 40 THEN -19 ELSE 1 END))
    FROM aged
"""
ACTIVITIES = """
    INSERT INTO reference_activity (ticket_id, actor_id, kind, at, body)
    SELECT ticket.id, reporter_id, step.value, opened_at,
           CASE step.value WHEN 'commented' THEN 'Saya datang besok pagi.' ELSE '' END
    FROM reference_ticket AS ticket, json_each('["opened","assigned","commented","status_changed","confirmed"]') AS step
    WHERE status = 'done' OR step.key < 2
    ORDER BY ticket.id, step.key
"""
# Owner and manager hear of a report, its reporter of the comment and the end. What is older than a day is read.
NOTIFICATIONS = """
    INSERT INTO reference_notification (user_id, activity_id, is_read)
    SELECT (kost_id - 1) * %(people)s + who.value, activity.id, at < datetime('now', '-1 day')
    FROM reference_activity AS activity JOIN reference_ticket AS ticket ON ticket.id = activity.ticket_id,
         json_each('[1,2]') AS who
    WHERE kind = 'opened'
    UNION ALL
    SELECT reporter_id, activity.id, 1
    FROM reference_activity AS activity JOIN reference_ticket AS ticket ON ticket.id = activity.ticket_id
    WHERE kind IN ('commented', 'status_changed')
"""


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
        password = make_password("kursi biru hujan")
        for kost in range(1, kosts + 1):
            for place, role in enumerate(roles):
                pk = (kost - 1) * people + place + 1
                name = f"bench-{kost}-{place + 1}"
                users.append(
                    user_model(id=pk, username=name, first_name=f"Penghuni {place}", password=password)
                )
                stays.append(Membership(kost_id=kost, user_id=pk, role=role, room=f"Kamar {101 + place % 24}"))
        user_model.objects.bulk_create(users, 2000)
        Membership.objects.bulk_create(stays, 2000)
        with connection.cursor() as cursor:
            shape = {"tickets": tickets, "kosts": kosts, "residents": residents, "people": people}
            cursor.execute(TICKETS, shape)
            cursor.execute(ACTIVITIES)
            cursor.execute(NOTIFICATIONS, shape)
        self.sessions(users)

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

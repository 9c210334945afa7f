"""Runs the tasks: announces and assigns reports; mails go nowhere."""

import time

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from reference.models import Activity, Membership, Notification, Task, Ticket


class Command(BaseCommand):
    def handle(self, **_):
        while True:
            tasks = list(Task.objects.filter(state="waiting").order_by("due_at")[:50])
            if not tasks:
                time.sleep(0.05)
            for task in tasks:
                with transaction.atomic():
                    getattr(self, task.name)(**task.arguments)
                    Task.objects.filter(pk=task.pk).update(state="done")

    def announce(self, activity):
        activity = Activity.objects.select_related("ticket").get(pk=activity)
        staff = Membership.objects.filter(kost=activity.ticket.kost_id, role__in=["owner", "manager"])
        Notification.objects.bulk_create(
            Notification(user_id=user, activity=activity) for user in staff.values_list("user", flat=True)
        )

    def assign(self, ticket):
        ticket = Ticket.objects.get(pk=ticket)
        mine = Ticket.objects.filter(assignee=OuterRef("user"), status__in=["open", "in_progress"])
        unfinished = mine.order_by().values("assignee").annotate(n=Count("pk")).values("n")
        staff = Membership.objects.filter(kost=ticket.kost_id, role="caretaker")
        staff = staff.annotate(n=Coalesce(Subquery(unfinished), 0))
        if least := staff.order_by("n").first():
            Ticket.objects.filter(pk=ticket.pk).update(assignee=least.user_id)

    def mail(self, activity):
        pass

"""Kosts, tickets, what happened to them, who was told, and what is to be done."""

from django.conf import settings
from django.db import models


class Kost(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)


class Membership(models.Model):
    kost = models.ForeignKey(Kost, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    role = models.CharField(max_length=12)
    room = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "kost"])]


class Ticket(models.Model):
    STATUS = [("open", "Terbuka"), ("in_progress", "Sedang diproses"), ("done", "Selesai")]

    kost = models.ForeignKey(Kost, models.CASCADE)
    number = models.PositiveIntegerField()
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reported")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="assigned")
    category = models.CharField(max_length=20)
    priority = models.CharField(max_length=12, default="medium")
    status = models.CharField(max_length=12, choices=STATUS, default="open")
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kost", "number"], name="ticket_number")]
        indexes = [
            models.Index(fields=["kost", "-changed_at", "-id"]),
            models.Index(fields=["kost", "status", "-changed_at", "-id"]),
            models.Index(fields=["assignee", "status"]),
        ]


class Activity(models.Model):
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="activities")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    kind = models.CharField(max_length=20)
    body = models.TextField(blank=True)
    at = models.DateTimeField()


class Photo(models.Model):
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="photos")
    full = models.FileField(upload_to="photos")
    thumbnail = models.FileField(upload_to="photos")


class Notification(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    activity = models.ForeignKey(Activity, models.CASCADE)
    is_read = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["user"], condition=models.Q(is_read=False), name="unread")]


class Task(models.Model):
    """What a worker does later: send the mail about an activity."""

    name = models.CharField(max_length=40)
    arguments = models.JSONField()
    state = models.CharField(max_length=12, default="waiting")
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="due")]

"""The pages that are measured, and the writes."""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from . import photos
from .models import Activity, Membership, Notification, Photo, Task, Ticket

PAGE = 20


def alive(request):
    return HttpResponse("ok")


def around(request, slug):
    membership = get_object_or_404(Membership.objects.select_related("kost"), user=request.user, kost__slug=slug)
    unread = Notification.objects.filter(user=request.user, is_read=False).count()
    return membership, {"kost": membership.kost, "membership": membership, "unread": unread}


@login_required
def dashboard(request, slug):
    membership, context = around(request, slug)
    if membership.role == "resident":
        return redirect("/")
    tickets = Ticket.objects.filter(kost=membership.kost)
    counts = dict(tickets.order_by().values_list("status").annotate(Count("id")))
    wanted = request.GET.get("status")
    if wanted:
        tickets = tickets.filter(status=wanted)
    context["tickets"] = tickets.select_related("reporter", "assignee").order_by("-changed_at", "-id")[:PAGE]
    context["tiles"] = [(key, word, counts.get(key, 0)) for key, word in Ticket.STATUS]
    news = Notification.objects.filter(user=request.user).select_related("activity__ticket", "activity__actor")
    context["news"] = news.order_by("-id")[:5]
    context["waiting"] = Task.objects.filter(state="waiting").count()
    return render(request, "dashboard.html", context)


@login_required
def report(request, slug, number):
    membership, context = around(request, slug)
    tickets = Ticket.objects.select_related("reporter", "assignee")
    context["ticket"] = get_object_or_404(tickets, kost=membership.kost, number=number)
    context["activities"] = context["ticket"].activities.select_related("actor").order_by("id")
    return render(request, "report.html", context)


@login_required
@require_POST
def create(request, slug):
    membership = get_object_or_404(Membership.objects.select_related("kost"), user=request.user, kost__slug=slug)
    title = request.POST.get("title", "").strip()
    if not title or len(title) > 100:
        return HttpResponseBadRequest("title")
    prepared = [photos.prepare(file) for file in request.FILES.getlist("photos")]
    now = timezone.now()
    with transaction.atomic():
        last = Ticket.objects.filter(kost=membership.kost).aggregate(last=Max("id"))["last"]
        number = Ticket.objects.get(pk=last).number + 1 if last else 1
        ticket = Ticket.objects.create(
            kost=membership.kost, number=number, reporter=request.user, category=request.POST.get("category", "other"),
            title=title, description=request.POST.get("description", ""), opened_at=now, changed_at=now,
        )
        for full, thumbnail in prepared:
            Photo.objects.create(ticket=ticket, full=full, thumbnail=thumbnail)
        activity = Activity.objects.create(ticket=ticket, actor=request.user, kind="opened", at=now)
        Task.objects.create(name="announce", arguments={"activity": activity.pk}, due_at=now)
        Task.objects.create(name="assign", arguments={"ticket": ticket.pk}, due_at=now)
    return redirect(f"/k/{slug}/tickets/{number}")


@login_required
@require_POST
def comment(request, slug, number):
    membership = get_object_or_404(Membership, user=request.user, kost__slug=slug)
    ticket = get_object_or_404(Ticket, kost=membership.kost_id, number=number)
    body = request.POST.get("body", "").strip()
    if not body or len(body) > 4000:
        return HttpResponseBadRequest("body")
    now = timezone.now()
    with transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(changed_at=now)
        activity = Activity.objects.create(ticket=ticket, actor=request.user, kind="commented", body=body, at=now)
        Task.objects.create(name="announce", arguments={"activity": activity.pk}, due_at=now)
    return redirect(f"/k/{slug}/tickets/{number}")


@login_required
@require_POST
def status(request, slug, number):
    membership = get_object_or_404(Membership.objects.select_related("kost"), user=request.user, kost__slug=slug)
    if membership.role == "resident":
        return HttpResponseBadRequest("status")
    now = timezone.now()
    with transaction.atomic():
        ticket = get_object_or_404(Ticket, kost=membership.kost, number=number)
        Ticket.objects.filter(pk=ticket.pk).update(status=request.POST["status"], changed_at=now)
        activity = Activity.objects.create(ticket=ticket, actor=request.user, kind="status_changed", at=now)
        Notification.objects.create(user_id=ticket.reporter_id, activity=activity)
        Task.objects.create(name="mail", arguments={"activity": activity.pk}, due_at=now)
        unread = Notification.objects.filter(user_id=ticket.reporter_id, is_read=False).count()
        transaction.on_commit(lambda: async_to_sync(tell)(ticket, unread))
    return redirect(f"/k/{slug}/tickets/{number}")


async def tell(ticket, unread):
    send = get_channel_layer().group_send
    await send(f"user.{ticket.reporter_id}", {"type": "tell", "text": '{"type":"unread","unread":%d}' % unread})
    await send(f"kost.{ticket.kost_id}", {"type": "tell", "text": '{"type":"changed","topics":["tickets"]}'})

"""Views for Django. As a program it tries them against the sandbox: python django_app.py"""

import django
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection, models
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from reconnect import Ask, Client, Done, Session, revision, session_id
from reconnect.testing import sandbox

if not settings.configured:  # In a project, its own settings.
    settings.configure(
        SECRET_KEY="a random text, from where you keep secrets",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()


class Bank(models.Model):
    """The stored connection of a user, its session, and its accounts."""

    user = models.OneToOneField("auth.User", models.CASCADE)
    login_id = models.TextField()
    revision = models.PositiveBigIntegerField(null=True)
    session = models.TextField(null=True)
    snapshot = models.TextField(null=True)  # Keep it like a password.
    accounts = models.JSONField(default=list)

    class Meta:
        app_label = "banks"

    def load(self):
        self.refresh_from_db()
        return self.snapshot

    def swap(self, loaded, snapshot):
        own = session_id(snapshot)
        row = Bank.objects.filter(models.Q(session=None) | models.Q(session=own), pk=self.pk, revision=loaded)
        return row.update(revision=revision(snapshot), session=own, snapshot=snapshot) == 1


client: Client  # One for the process, such as Client(Instance.named(…), Keys(…)).


def go_on(bank: Bank, session: Session) -> JsonResponse:
    result = client.advance(session)
    if isinstance(result, Ask) and (url := client.show(session)):
        return JsonResponse({"show": url})  # In an iframe, with the page's policy `no-referrer`.
    match client.advance(session):
        case Done(accounts=accounts):
            if accounts:  # They come once: store them before you answer.
                titles = [f"{one.title}: {one.balance.current} {one.currency}" for one in accounts]
                Bank.objects.filter(pk=bank.pk).update(accounts=titles)
            bank.refresh_from_db()
            return JsonResponse({"accounts": bank.accounts})
        case failed:
            return JsonResponse({"recovery": failed.recovery})


@require_POST
@login_required
def refresh(request: HttpRequest) -> JsonResponse:
    bank = Bank.objects.get(user=request.user)  # No id that a page sends chooses the row.
    session = client.load(bank)
    if session is None or not session.look().open:
        over = Bank.objects.filter(pk=bank.pk, revision=bank.revision, session=bank.session)
        over.update(revision=None, session=None, snapshot=None)
        session = client.refresh(bank.login_id, store=bank)
    return go_on(bank, session)


@require_POST
@login_required
def news(request: HttpRequest) -> JsonResponse:
    bank = Bank.objects.get(user=request.user)
    if (session := client.load(bank)) is None:
        return JsonResponse({}, status=409)
    session.returned(request.body.decode("utf-8", "replace"))
    return go_on(bank, session)


urlpatterns = [path("refresh", refresh), path("news", news)]


def main() -> None:
    global client
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client as Page

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as tables:
        tables.create_model(Bank)
    with sandbox() as bank:
        client = Client(bank.instance, bank.keys, clock=bank.clock, sleep=bank.sleep)
        anna, page = User.objects.create_user("anna"), Page()
        Bank.objects.create(user=anna, login_id=bank.logins["Greatday"])
        assert page.post("/refresh").status_code == 302  # Nobody is logged in.
        page.force_login(anna)
        url = page.post("/refresh").json()["show"]
        message = bank.answer_in_widget(url)
        print(page.post("/news", message, content_type="text/plain").json())


if __name__ == "__main__":
    main()

"""Fields of the admin that are found by typing take whatever somebody sends: it is no row, and no error of the site."""

import pytest
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin
from django.test import RequestFactory

from tracker.admin.typed import FoundByTyping, KeySelect, KeySelectMultiple

NO_KEYS = ["1e400", "\0", "\ufffd", "-1", "9" * 40, "1 OR 1=1"]


@pytest.mark.parametrize("value", NO_KEYS)
@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/admin/tracker/owner/add/", "reports_to"),
        ("/admin/tracker/system/add/", "default_owner"),
        ("/admin/alerts/quiethours/add/", "owner"),
        ("/admin/dashboard/reportsubscription/add/", "owner"),
    ],
)
def test_what_is_no_key_is_an_answer_in_the_form(admin_client, address, field, value):
    answer = admin_client.post(address, {"name": "Olga", field: value})

    assert answer.status_code == 200
    assert "Select a valid choice" in answer.text


def test_every_field_that_is_found_by_typing_takes_keys_only(rf: RequestFactory, admin_user):
    request = rf.get("/")
    request.user = admin_user
    admins = list(admin.site._registry.values())
    inlines = [inline for each in admins for inline in each.get_inline_instances(request)]

    loose = []
    for each in (*admins, *inlines):
        for name in each.get_autocomplete_fields(request):
            field = each.model._meta.get_field(name)
            widget = each.formfield_for_dbfield(field, request).widget
            widget = getattr(widget, "widget", widget)
            assert isinstance(widget, AutocompleteMixin)
            if not isinstance(each, FoundByTyping) or not isinstance(widget, (KeySelect, KeySelectMultiple)):
                loose.append(f"{each.__class__.__name__}.{name}")
    assert loose == []

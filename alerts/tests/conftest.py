"""What the tests of alerts share."""

import pytest

from alerts.tests.lines import channel_of, email, line, log, open_alert, policy_of  # noqa: F401 - fixtures
from alerts.tests.pages import browser_of, make_alert, make_channel, make_message, mona, tell  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def mail_server(settings):
    """Mail can be sent, as far as the settings say; the test that receives one starts a server."""
    settings.MAIL_IS_SET, settings.DEFAULT_FROM_EMAIL = True, "alerts@example.org"

"""What the tests of alerts share."""

from alerts.tests.lines import channel_of, email, line, log, open_alert, policy_of  # noqa: F401 - fixtures
from alerts.tests.pages import browser_of, make_alert, make_channel, make_message, mona, tell  # noqa: F401 - fixtures

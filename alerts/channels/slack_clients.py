"""slack-sdk's own clients with another way out: the guarded one.

Each class replaces the one method in which slack-sdk opens a connection, so that whatever the client does leaves
through alerts.channels.outgoing. No proxy of the environment is used and nothing is tried again in here: the outbox
does that. The logger is one of ours, because at DEBUG slack-sdk writes addresses and bodies.
"""

import json
import logging
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

from alerts.channels.outgoing import post

logger = logging.getLogger("alerts.slack")
logger.setLevel(logging.CRITICAL)  # what goes wrong is told by the outbox


class GuardedWebClient(WebClient):
    """Slack's Web API."""

    def __init__(self, token: str, *, base_url: str) -> None:
        super().__init__(token=token, base_url=base_url, logger=logger, retry_handlers=[])
        self.proxy = None

    def _perform_urllib_http_request(self, *, url: str, args: dict) -> dict:
        """Replaces the method of slack-sdk that opens a connection. Raises: Refused."""
        headers = {name: str(value) for name, value in args["headers"].items()}
        headers["Content-Type"] = "application/json;charset=utf-8"
        reply = post(url, json.dumps(args["json"] or args["params"] or {}).encode(), headers)
        return {"status": reply.status, "headers": reply.headers, "body": reply.body.decode("utf-8", "replace")}


class GuardedWebhookClient(WebhookClient):
    """Slack's incoming webhooks."""

    def __init__(self, url: str) -> None:
        super().__init__(url, logger=logger, retry_handlers=[])
        self.proxy = None

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        """Replaces the method of slack-sdk that opens a connection. Raises: Refused."""
        reply = post(url, req.data, dict(req.header_items()))
        body = reply.body.decode("utf-8", "replace")
        return WebhookResponse(url=url, status_code=reply.status, body=body, headers=dict(reply.headers))

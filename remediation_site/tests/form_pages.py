"""What a browser would send of the form of a page."""

from html.parser import HTMLParser


class Form(HTMLParser):
    """The fields of the form that is longest on a page, with what stands in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.select = self.text = ""
        self.feed(html)
        self.values = max(self.forms, key=len, default={})

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        name = given.get("name") or ""
        if tag == "input" and name and not self._is_idle(given):
            self._add(name, given.get("value") or ("on" if given.get("type") == "checkbox" else ""))
        if tag == "select":
            self.select = name
        if tag == "option" and "selected" in given and self.select:
            self._add(self.select, given.get("value") or "")
        if tag == "textarea":
            self.text = name
            self._add(name, "")

    def handle_data(self, data):
        if self.text:
            self.forms[-1][self.text] = [self.forms[-1][self.text][0] + data]

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = ""
        if tag == "textarea":
            self.text = ""

    @staticmethod
    def _is_idle(given) -> bool:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio"):
            return "checked" not in given
        return kind in ("submit", "button", "image", "file")

    def _add(self, name, value):
        self.forms[-1].setdefault(name, []).append(value)


def filled(client, address: str, **changed: object) -> dict[str, object]:
    """What is sent when somebody changes these fields of the page and saves; None leaves a field out."""
    values = Form(client.get(address).text).values | changed
    return {name: value for name, value in values.items() if value is not None and not name.endswith(("-csrf",))}

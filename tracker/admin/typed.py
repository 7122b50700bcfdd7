"""Related rows that are found by typing. What cannot be a key is the key of none: no database is asked for it."""

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple

from tracker.admin.paging import is_key

OF_NOBODY = "0"


class KeySelect(AutocompleteSelect):
    """Asks for one row."""

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return value if not value or is_key(value) else OF_NOBODY


class KeySelectMultiple(AutocompleteSelectMultiple):
    """Asks for any number of rows."""

    def value_from_datadict(self, data, files, name):
        given = super().value_from_datadict(data, files, name) or ()
        return [value if is_key(value) else OF_NOBODY for value in given]


class FoundByTyping:
    """An admin, or an inline, whose autocomplete_fields take keys only."""

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name in self.get_autocomplete_fields(request):
            options.setdefault("widget", KeySelect(db_field, self.admin_site, using=options.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_manytomany(self, db_field, request, **options):
        if db_field.name in self.get_autocomplete_fields(request):
            options.setdefault("widget", KeySelectMultiple(db_field, self.admin_site, using=options.get("using")))
        return super().formfield_for_manytomany(db_field, request, **options)

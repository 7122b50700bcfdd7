"""The admin's questions about rights, answered by tracker.permissions like everywhere else."""

from tracker import permissions


class IssuePermissionsMixin:
    """Who may change issues, and which."""

    def has_change_permission(self, request, obj=None):
        return not permissions.may(request.user, permissions.CHANGE, obj)

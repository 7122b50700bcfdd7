"""Which section of the documents helps with which page: the link Help of every page."""

from remediation_site.help.documents import address_of

# The beginning of a page's name → document and section. The longest beginning that fits counts.
PLACES = {
    "": ("process", ""),
    "admin:alerts_": ("escalation", ""),
    "admin:alerts_alert_": ("process", "escalation-level-by-level"),
    "admin:alerts_channel_": ("alerts", "channels"),
    "admin:alerts_escalationpolicy_": ("escalation", "who-is-told-when"),
    "admin:alerts_message_": ("alerts", "the-outbox"),
    "admin:alerts_quiethours_": ("escalation", "quiet-hours-bundles-digests"),
    "admin:alerts_alertsettings_": ("escalation", "alert-settings"),
    "admin:axes_": ("signin", ""),
    "admin:auth_": ("workflow", "who-may-do-what"),
    "admin:dashboard_": ("dashboard", ""),
    "admin:dashboard_downtime_": ("metrics", "cost-of-downtime"),
    "admin:dashboard_protectionentry_": ("metrics", "revenue-protected"),
    "admin:dashboard_reportsubscription_": ("reports", "by-mail"),
    "admin:dashboard_stake_": ("metrics", "revenue-protected"),
    "admin:dashboard_storedreport_": ("reports", "kept-reports"),
    "admin:django_q_": ("operations", "what-runs"),
    "admin:index": ("process", "phase-2-execution"),
    "admin:remediation_site_externalidentity_": ("signin", "single-sign-on-openid-connect"),
    "admin:remediation_site_secondfactor_": ("signin", ""),
    "admin:remediation_site_apitoken_": ("api", "tokens"),
    "admin:tracker_analysis_": ("process", "phase-1-analysis-to-execution"),
    "admin:tracker_auditevent_": ("audit", "looking"),
    "admin:tracker_fieldchange_": ("workflow", "notes-deadlines-prevention"),
    "admin:tracker_githublink_": ("github", "what-happens-there-happens-here"),
    "admin:tracker_githubrepository_": ("github", "set-up-a-repository"),
    "admin:tracker_issue_": ("process", "phase-2-execution"),
    "admin:tracker_issue_github": ("github", "push"),
    "admin:tracker_issue_validation": ("process", "phase-3-validation"),
    "admin:tracker_note_": ("workflow", "notes-deadlines-prevention"),
    "admin:tracker_owner_": ("process", "roles"),
    "admin:tracker_preventionmeasure_": ("process", "phase-4-prevention"),
    "admin:tracker_predecessorentry_": ("migrating", ""),
    "admin:tracker_prioritypolicy_": ("escalation", "thresholds-of-a-priority"),
    "admin:tracker_recurrence_": ("commands", "recurrences"),
    "admin:tracker_revenueprofile_": ("exposure", ""),
    "admin:tracker_seal_": ("audit", "verifying"),
    "admin:tracker_statuschange_": ("workflow", "transitions"),
    "admin:tracker_system_": ("extraction", ""),
    "admin:tracker_validationrun_": ("validation", "runs"),
    "alerts:health": ("operations", "watch"),
    "api-documentation": ("api", ""),
    "dashboard:": ("dashboard", ""),
    "dashboard:board": ("process", "the-weekly-review"),
    "dashboard:overview": ("process", "phase-5-business-value"),
    "dashboard:prevention": ("metrics", "prevention-coverage"),
    "signin:zone": ("process", "an-engineer-in-ten-minutes"),
    "help:": ("process", "checklist-of-the-first-hour"),
}


def help_url(page: str) -> str:
    """The address of the section for a page, by the page's name such as admin:tracker_issue_change."""
    beginning = max((each for each in PLACES if page.startswith(each)), key=len)
    return address_of(*PLACES[beginning])

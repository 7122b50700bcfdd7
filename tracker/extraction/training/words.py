"""Words that the training leaves out: names of products, firms, files and people, months and week days."""

PRODUCTS = frozenset(
    """
    alicloud android ansible apache apple argo argocd atlassian aws azure bitbucket bitcoin cassandra chrome
    circleci clickhouse cloudflare cloudfront cloudwatch concourse confluence consul datadog debian digitalocean
    discord django docker dockerhub elastic elasticsearch etcd ethereum fastly firebase firefox gcp gerrit gitea
    github gitlab google grafana hadoop harbor hashicorp haproxy helm heroku hetzner html ios istio java javascript
    jenkins jira jupyter jupyterhub kafka kibana kiam kotlin kubectl kubernetes linux logstash loki macos mailgun
    mariadb mastodon memcached microsoft mongodb mozilla mysql newrelic nextjs nginx nodejs npm okta openai
    openshift openstack opensearch opsgenie oracle ovh pagerduty perl php postgres postgresql prometheus proxmox
    pydantic pypi pytest python rabbitmq rails react redis redshift replit ruby rust salesforce sendgrid sentry
    slack splunk sqlite statuspage stripe supabase svn swift telegram terraform trello twilio twitch twitter
    typescript ubuntu vault vercel webpack windows wordpress yaml zoom zookeeper eks ecs gke aks ec sqs sns
    """.split()  # noqa: SIM905
)
CALENDAR = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
    utc gmt cet cest est edt pst pdt bst
    """.split()  # noqa: SIM905
)
LEFT_OUT = PRODUCTS | CALENDAR

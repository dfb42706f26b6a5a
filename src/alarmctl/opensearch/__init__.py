"""Set an OpenSearch domain up for logs: retention, index template, rights, dashboards."""

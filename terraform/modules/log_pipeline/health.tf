# Alarms on the delivery itself, from the catalogue: freshness, throttling, rejected documents, cluster health.

module "health" {
  source = "../service_alarms"

  runbook_base_url = var.runbook_base_url

  delivery_streams = {
    for key, name in local.streams : name => {
      delivery_stream_name = name
      to_s3                = true
      to_opensearch        = key == "lines" && local.searching
    } if var.alarms
  }
  opensearch_domains = {
    for switch in ["on"] : local.domain_name => {
      domain_name       = local.domain_name
      account_id        = split(":", local.domain_arn)[4]
      storage_gib       = local.made_domain ? var.opensearch.storage_gib : null
      dedicated_masters = local.made_domain ? var.opensearch.dedicated_masters : false
    } if var.alarms && local.searching
  }
}

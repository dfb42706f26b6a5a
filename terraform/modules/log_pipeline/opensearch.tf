# The domain, when one is to be made. What Terraform's AWS provider cannot do in it (retention, index template, the
# right of Firehose to write, dashboards) does: alarmctl opensearch bootstrap

locals {
  made_domain = local.searching && try(var.opensearch.existing_domain_arn, null) == null
  domain_name = local.made_domain ? "${var.name}-logs" : try(split("/", var.opensearch.existing_domain_arn)[1], "")
  domain_arn  = local.made_domain ? "${local.arn}:es:${local.region}:${local.account}:domain/${local.domain_name}" : try(var.opensearch.existing_domain_arn, null)
  domains     = { for switch in ["on"] : switch => var.opensearch if local.made_domain }

  domain_logs = { index = "INDEX_SLOW_LOGS", application = "ES_APPLICATION_LOGS", audit = "AUDIT_LOGS" }
}

resource "aws_cloudwatch_log_group" "domain" {
  # checkov:skip=CKV_AWS_338: a year: what went wrong is of use for weeks
  for_each = local.made_domain ? local.domain_logs : {}

  name              = "/aws/opensearch/${local.domain_name}/${each.key}"
  retention_in_days = 30
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_resource_policy" "domain" {
  for_each = local.domains

  policy_name = "${local.domain_name}-opensearch"

  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "es.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${local.arn}:logs:${local.region}:${local.account}:log-group:/aws/opensearch/${local.domain_name}/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_opensearch_domain" "logs" {
  # checkov:skip=CKV_AWS_317: audit log: on, in a dynamic block that checkov does not see
  # checkov:skip=CKV_AWS_318: dedicated masters: dedicated_masters = true; two nodes for logs need none
  # checkov:skip=CKV2_AWS_59: dedicated masters, as CKV_AWS_318
  for_each = local.domains

  domain_name    = local.domain_name
  engine_version = each.value.engine_version
  tags           = var.tags

  # Who may sign requests at all; what they may do says the fine-grained access inside.
  access_policies = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = [each.value.master_role_arn, aws_iam_role.delivery["on"].arn] }
      Action    = "es:ESHttp*"
      Resource  = "${local.domain_arn}/*"
    }]
  })

  cluster_config {
    instance_type            = each.value.instance_type
    instance_count           = each.value.instance_count
    zone_awareness_enabled   = each.value.instance_count > 1
    dedicated_master_enabled = each.value.dedicated_masters
    dedicated_master_type    = each.value.dedicated_masters ? each.value.master_type : null
    dedicated_master_count   = each.value.dedicated_masters ? 3 : null

    dynamic "zone_awareness_config" {
      for_each = toset([for switch in ["zones"] : switch if each.value.instance_count > 1])

      content {
        availability_zone_count = each.value.instance_count % 3 == 0 ? 3 : 2
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = each.value.storage_gib
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = each.value.kms_key_arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  advanced_security_options {
    enabled                        = true
    internal_user_database_enabled = false

    master_user_options {
      master_user_arn = each.value.master_role_arn
    }
  }

  dynamic "vpc_options" {
    for_each = each.value.vpc[*]

    content {
      subnet_ids         = vpc_options.value.subnet_ids
      security_group_ids = vpc_options.value.security_group_ids
    }
  }

  dynamic "log_publishing_options" {
    for_each = local.domain_logs

    content {
      log_type                 = log_publishing_options.value
      cloudwatch_log_group_arn = aws_cloudwatch_log_group.domain[log_publishing_options.key].arn
    }
  }

  software_update_options {
    auto_software_update_enabled = true
  }

  depends_on = [aws_cloudwatch_log_resource_policy.domain]
}

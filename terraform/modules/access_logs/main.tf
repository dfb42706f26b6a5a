data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account    = data.aws_caller_identity.current.account_id
  region     = data.aws_region.current.id
  makes      = var.existing_bucket == null
  bucket     = local.makes ? "${var.name}-access-logs-${local.account}-${local.region}" : var.existing_bucket
  bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${local.bucket}"

  # Where Elastic Load Balancing writes: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
  logs    = "${join("/", compact([var.prefix, "AWSLogs"]))}/${local.account}"
  results = "athena-results"

  # The service writes in every Region; the accounts are those of Regions from before August 2022.
  writers = merge(
    { DeliverLogs = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" } },
    { for account in data.aws_elb_service_account.legacy : "DeliverLogsAsBefore" => { AWS = account.arn } },
  )
}

data "aws_elb_service_account" "legacy" {
  for_each = toset([for wanted in ["legacy"] : wanted if var.legacy_delivery_account])
}

resource "aws_s3_bucket" "logs" {
  count = local.makes ? 1 : 0

  bucket        = local.bucket
  force_destroy = var.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "logs" {
  count = local.makes ? 1 : 0

  bucket                  = aws_s3_bucket.logs[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  count = local.makes ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# S3's own key: load balancers cannot write with a KMS key.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  count = local.makes ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "logs" {
  count = local.makes ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  count = local.makes ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    id     = "logs"
    status = "Enabled"

    filter {
      prefix = "${join("/", compact([var.prefix, "AWSLogs"]))}/"
    }

    expiration {
      days = var.retention_days
    }

    dynamic "transition" {
      for_each = var.infrequent_access_days[*]

      content {
        days          = transition.value
        storage_class = "STANDARD_IA"
      }
    }
  }

  rule {
    id     = "query-results"
    status = "Enabled"

    filter {
      prefix = "${local.results}/"
    }

    expiration {
      days = var.query_results_days
    }
  }

  rule {
    id     = "left-overs"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}

resource "aws_s3_bucket_policy" "logs" {
  count = local.makes ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for sid, principal in local.writers : {
        Sid       = sid
        Effect    = "Allow"
        Principal = principal
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arn}/${local.logs}/*"
      }],
      [{
        Sid       = "OnlyEncrypted"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.logs]
}

# Firehose, twice: what applications put goes to OpenSearch and S3, what CloudWatch Logs subscribes to S3 alone. AWS
# does not support the way from CloudWatch Logs to OpenSearch, since one record of it holds many lines:
# https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs.html

locals {
  delivers  = var.delivery.enabled
  searching = local.delivers && var.opensearch != null
  streams = merge(
    local.delivers ? { lines = "${var.name}-logs" } : {},
    local.subscribed ? { subscriptions = "${var.name}-logs-cloudwatch" } : {},
  )
  stream_arns = { for key, name in local.streams : key => "${local.arn}:firehose:${local.region}:${local.account}:deliverystream/${name}" }

  stores      = length(local.streams) > 0
  made_bucket = local.stores && var.bucket.existing == null
  bucket      = coalesce(var.bucket.existing, "${var.name}-logs-${local.account}-${local.region}")
  bucket_arn  = "${local.arn}:s3:::${local.bucket}"

  # Year, month and day of the line's arrival; what could not be delivered lies apart.
  prefixes = { lines = "lines/", subscriptions = "cloudwatch/" }
  by_date  = "!{timestamp:yyyy/MM/dd}/"
  failed   = "failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
}

resource "aws_cloudwatch_log_group" "delivery" {
  # checkov:skip=CKV_AWS_338: a year: what went wrong is of use for weeks
  for_each = local.streams

  name              = "/aws/kinesisfirehose/${each.value}"
  retention_in_days = 30
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_stream" "delivery" {
  for_each = merge(
    { for key in keys(local.streams) : "${key}-s3" => key },
    local.searching ? { lines-opensearch = "lines" } : {},
  )

  name           = trimprefix(trimprefix(each.key, "${each.value}-"), "lines-")
  log_group_name = aws_cloudwatch_log_group.delivery[each.value].name
}

resource "aws_kinesis_firehose_delivery_stream" "lines" {
  # checkov:skip=CKV_AWS_241: a key of yours: what it carries lies in a bucket of S3's own key
  for_each = toset([for key in keys(local.streams) : key if key == "lines"])

  name        = local.streams[each.key]
  destination = local.searching ? "opensearch" : "extended_s3"
  tags        = var.tags

  server_side_encryption {
    enabled  = true
    key_type = "AWS_OWNED_CMK"
  }

  dynamic "extended_s3_configuration" {
    for_each = toset([for switch in ["s3"] : switch if !local.searching])

    content {
      role_arn            = aws_iam_role.delivery["on"].arn
      bucket_arn          = local.bucket_arn
      prefix              = "${local.prefixes.lines}${local.by_date}"
      error_output_prefix = local.failed
      buffering_interval  = var.delivery.buffer_seconds
      buffering_size      = var.delivery.buffer_mib
      compression_format  = "GZIP"

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.delivery["lines"].name
        log_stream_name = aws_cloudwatch_log_stream.delivery["lines-s3"].name
      }
    }
  }

  dynamic "opensearch_configuration" {
    for_each = toset([for switch in ["opensearch"] : switch if local.searching])

    content {
      domain_arn            = local.domain_arn
      role_arn              = aws_iam_role.delivery["on"].arn
      index_name            = var.opensearch.index_prefix
      index_rotation_period = "OneDay"
      s3_backup_mode        = "AllDocuments" # it cannot be changed later
      retry_duration        = var.delivery.retry_seconds
      buffering_interval    = var.delivery.buffer_seconds
      buffering_size        = var.delivery.buffer_mib

      # Without ids of its own OpenSearch need not look for an earlier document at each line.
      document_id_options {
        default_document_id_format = "NO_DOCUMENT_ID"
      }

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.delivery["lines"].name
        log_stream_name = aws_cloudwatch_log_stream.delivery["lines-opensearch"].name
      }

      s3_configuration {
        role_arn            = aws_iam_role.delivery["on"].arn
        bucket_arn          = local.bucket_arn
        prefix              = "${local.prefixes.lines}${local.by_date}"
        error_output_prefix = local.failed
        buffering_interval  = var.delivery.buffer_seconds
        buffering_size      = var.delivery.buffer_mib
        compression_format  = "GZIP"

        cloudwatch_logging_options {
          enabled         = true
          log_group_name  = aws_cloudwatch_log_group.delivery["lines"].name
          log_stream_name = aws_cloudwatch_log_stream.delivery["lines-s3"].name
        }
      }

      dynamic "vpc_config" {
        for_each = var.opensearch.vpc[*]

        content {
          role_arn           = aws_iam_role.delivery["on"].arn
          subnet_ids         = vpc_config.value.subnet_ids
          security_group_ids = vpc_config.value.security_group_ids
        }
      }
    }
  }

  # Firehose looks whether its role may write when it is made.
  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_kinesis_firehose_delivery_stream" "subscriptions" {
  # checkov:skip=CKV_AWS_241: a key of yours: what it carries lies in a bucket of S3's own key
  for_each = toset([for key in keys(local.streams) : key if key == "subscriptions"])

  name        = local.streams[each.key]
  destination = "extended_s3"
  tags        = var.tags

  server_side_encryption {
    enabled  = true
    key_type = "AWS_OWNED_CMK"
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.delivery["on"].arn
    bucket_arn          = local.bucket_arn
    prefix              = "${local.prefixes.subscriptions}${local.by_date}"
    error_output_prefix = local.failed
    buffering_interval  = var.delivery.buffer_seconds
    buffering_size      = var.delivery.buffer_mib
    compression_format  = "GZIP"

    # CloudWatch Logs sends gzipped envelopes. Taken apart, a line of the log is a line of the object; and the object is
    # compressed once, not twice.
    processing_configuration {
      enabled = true

      processors {
        type = "Decompression"

        parameters {
          parameter_name  = "CompressionFormat"
          parameter_value = "GZIP"
        }
      }

      processors {
        type = "CloudWatchLogProcessing"

        parameters {
          parameter_name  = "DataMessageExtraction"
          parameter_value = "true"
        }
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.delivery["subscriptions"].name
      log_stream_name = aws_cloudwatch_log_stream.delivery["subscriptions-s3"].name
    }
  }

  depends_on = [aws_iam_role_policy.delivery]
}

resource "aws_cloudwatch_log_subscription_filter" "to_s3" {
  for_each = local.shipped

  name            = "${var.name}-to-s3"
  log_group_name  = try(aws_cloudwatch_log_group.this[each.key].name, local.group_names[each.key])
  filter_pattern  = each.value.s3_pattern
  destination_arn = aws_kinesis_firehose_delivery_stream.subscriptions["subscriptions"].arn
  role_arn        = aws_iam_role.subscription["on"].arn

  depends_on = [aws_iam_role_policy.subscription]
}

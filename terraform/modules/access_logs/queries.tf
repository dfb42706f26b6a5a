# Athena over the logs: a workgroup, a table whose partitions are computed from the day, and saved queries.

locals {
  database = replace("${var.name}_logs", "-", "_")
  table    = "alb_access_logs"
  location = "s3://${local.bucket}/${local.logs}/elasticloadbalancing/${local.region}"

  # table.json says the columns, each with the expression of its field. The tests parse real-shaped lines with it.
  format  = jsondecode(file("${path.module}/table.json"))
  columns = local.format.columns
  regex   = join("", local.format.regex)

  # Each file begins with a comment, which is the query's description.
  query_files = { for file in fileset("${path.module}/queries", "*.sql") : trimsuffix(file, ".sql") => file("${path.module}/queries/${file}") }
  queries = {
    for key, text in local.query_files : key => {
      description = trimspace(trimprefix(split("\n", text)[0], "--"))
      query       = replace(text, "alb_access_logs", "\"${local.database}\".\"${local.table}\"")
    }
  }
  switch = toset([for wanted in ["on"] : wanted if var.queries_enabled])
}

resource "aws_athena_workgroup" "logs" {
  for_each = local.switch

  name          = "${var.name}-access-logs"
  description   = "Queries of the load balancers' access logs"
  force_destroy = true # its history of queries goes with it
  tags          = var.tags

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit_gib * 1073741824

    result_configuration {
      output_location = "s3://${local.bucket}/${local.results}/"

      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}

resource "aws_glue_catalog_database" "logs" {
  for_each = local.switch

  name        = local.database
  description = "${var.name}: logs that Athena reads"
  tags        = var.tags
}

# https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html
resource "aws_glue_catalog_table" "logs" {
  for_each = local.switch

  name          = local.table
  description   = "Access logs of Application Load Balancers"
  database_name = aws_glue_catalog_database.logs["on"].name
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                       = "TRUE"
    "projection.enabled"           = "true"
    "projection.day.type"          = "date"
    "projection.day.range"         = "${var.first_day},NOW"
    "projection.day.format"        = "yyyy/MM/dd"
    "projection.day.interval"      = "1"
    "projection.day.interval.unit" = "DAYS"
    "storage.location.template"    = "${local.location}/$${day}"
  }

  partition_keys {
    name    = "day"
    type    = "string"
    comment = "Year, month and day in UTC: 2026/03/02"
  }

  storage_descriptor {
    location      = local.location
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.RegexSerDe"
      parameters = {
        "serialization.format" = "1"
        "input.regex"          = local.regex
      }
    }

    dynamic "columns" {
      for_each = local.columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}

resource "aws_athena_named_query" "logs" {
  for_each = { for key, query in local.queries : key => query if var.queries_enabled }

  name        = each.key
  description = each.value.description
  workgroup   = aws_athena_workgroup.logs["on"].id
  database    = aws_glue_catalog_database.logs["on"].name
  query       = each.value.query
}

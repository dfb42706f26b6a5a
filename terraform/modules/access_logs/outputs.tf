output "bucket" {
  description = "Name of the bucket, for access_logs.bucket of aws_lb."
  value       = local.bucket

  # A load balancer checks that it may write as soon as its logs are switched on.
  depends_on = [aws_s3_bucket_policy.logs]
}

output "prefix" {
  description = "Prefix for access_logs.prefix of aws_lb."
  value       = var.prefix
}

output "workgroup" {
  description = "Name of the Athena workgroup; null without queries."
  value       = one([for workgroup in aws_athena_workgroup.logs : workgroup.name])
}

output "database" {
  description = "Name of the Glue database; null without queries."
  value       = one([for database in aws_glue_catalog_database.logs : database.name])
}

output "query_ids" {
  description = "Id of each saved query, by its name."
  value       = { for key, query in aws_athena_named_query.logs : key => query.id }
}

output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.state.bucket
}

output "backend_config" {
  description = "Content of environments/backend.hcl."
  value       = <<-HCL
    bucket = "${aws_s3_bucket.state.bucket}"
    region = "${var.region}"
  HCL
}

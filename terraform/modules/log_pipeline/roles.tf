# What Firehose, and CloudWatch Logs on its way to it, may do.

locals {
  role_of = { for switch in ["on"] : switch => true if local.stores }
}

resource "aws_iam_role" "delivery" {
  for_each = local.role_of

  name        = "${var.name}-logs-delivery-${local.region}" # roles are global, stacks are not
  description = "${var.name}: what Firehose may do to deliver logs"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "firehose.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "delivery" {
  for_each = local.role_of

  name = "deliver"
  role = aws_iam_role.delivery["on"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "WriteObjects"
          Effect   = "Allow"
          Action   = ["s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:PutObject"]
          Resource = [local.bucket_arn, "${local.bucket_arn}/*"]
        },
        {
          Sid      = "WriteErrors"
          Effect   = "Allow"
          Action   = "logs:PutLogEvents"
          Resource = [for name in values(local.streams) : "${local.arn}:logs:${local.region}:${local.account}:log-group:/aws/kinesisfirehose/${name}:log-stream:*"]
        },
      ],
      [for switch in ["search"] : {
        Sid      = "WriteDocuments"
        Effect   = "Allow"
        Action   = ["es:DescribeDomain", "es:DescribeDomains", "es:DescribeDomainConfig", "es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"]
        Resource = [local.domain_arn, "${local.domain_arn}/*"]
      } if local.searching],
      # "*", since these actions know no narrower resource: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
      [for switch in ["vpc"] : {
        Sid      = "EnterVpc"
        Effect   = "Allow"
        Action   = ["ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs"]
        Resource = "*"
      } if local.searching && try(var.opensearch.vpc, null) != null],
    )
  })
}

resource "aws_iam_role" "subscription" {
  for_each = { for switch in ["on"] : switch => true if local.subscribed }

  name        = "${var.name}-logs-subscription-${local.region}"
  description = "${var.name}: what CloudWatch Logs may do to hand lines to Firehose"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringLike = { "aws:SourceArn" = "${local.arn}:logs:${local.region}:${local.account}:*" } }
    }]
  })
}

resource "aws_iam_role_policy" "subscription" {
  for_each = { for switch in ["on"] : switch => true if local.subscribed }

  name = "hand-over"
  role = aws_iam_role.subscription["on"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
      Resource = local.stream_arns["subscriptions"]
    }]
  })
}

# What the workers know together: which alerts were told, and which state each alarm shows in Slack.
# Keys and attributes are described in lambda/notify_slack/ledger.py. A ledger that is down or lost costs doubles,
# never an alert, so AWS's own encryption and no protection against deletion are enough for it.
resource "aws_dynamodb_table" "ledger" {
  name         = local.ledger_name
  billing_mode = "PAY_PER_REQUEST" # a storm is a thousand times the usual load
  hash_key     = "pk"
  tags         = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true # about a cent a month; account-wide policies ask for it
  }
}

# One task on each container instance: the publisher, or the CloudWatch agent instead.

locals {
  ecs_name  = "${var.name}-${local.publishes ? "publisher" : "cloudwatch-agent"}"
  ecs_image = coalesce(var.ecs.image, "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:latest")

  # The host's folders, read-only, by name: where they are on the host, and in the container.
  host_folders = local.publishes ? {
    proc = { host = "/proc", container = "/host/proc" }
    root = { host = "/", container = "/host" }
    } : {
    proc       = { host = "/proc", container = "/rootfs/proc" }
    dev        = { host = "/dev", container = "/rootfs/dev" }
    cgroup     = { host = "/sys/fs/cgroup", container = "/rootfs/sys/fs/cgroup" }
    own_cgroup = { host = "/sys/fs/cgroup", container = "/sys/fs/cgroup" }
  }

  publisher_container = {
    command                = ["publish", "--config", "ssm:${try(local.parameters["ecs"], "")}"]
    entryPoint             = ["alarmctl"]
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
    environment            = [{ name = "AWS_REGION", value = local.region }] # ECS tells it on Fargate alone
    stopTimeout            = 30
  }
  agent_container = {
    readonlyRootFilesystem = false # the agent writes its own state
    environment            = [{ name = "CW_CONFIG_CONTENT", value = local.ecs_agent_configuration }]
  }
}

resource "aws_ecs_task_definition" "daemon" {
  #checkov:skip=CKV_AWS_336: the CloudWatch agent writes its own state; the publisher's file system is read-only
  count = local.in_ecs ? 1 : 0

  family                   = local.ecs_name
  network_mode             = local.publishes ? "host" : "bridge" # the host's connections, and its metadata service
  requires_compatibilities = ["EC2"]
  task_role_arn            = aws_iam_role.task[0].arn
  execution_role_arn       = aws_iam_role.execution[0].arn

  container_definitions = jsonencode([merge(
    {
      name              = local.publishes ? "publisher" : "cloudwatch-agent"
      image             = local.ecs_image
      essential         = true
      cpu               = 64
      memory            = 256
      memoryReservation = 96
      mountPoints = concat(
        [for name, folder in local.host_folders : { sourceVolume = name, containerPath = folder.container, readOnly = true }],
        [for spool in ["spool"] : { sourceVolume = spool, containerPath = "/var/lib/alarmctl-publish", readOnly = false } if local.publishes],
      )
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "${local.log_prefix}/ecs"
          awslogs-region        = local.region
          awslogs-stream-prefix = "daemon"
          mode                  = "non-blocking" # a full log must not stop the measuring
          max-buffer-size       = "4m"
        }
      }
    },
    # merge() of both kinds, since the branches of a condition must have the same type
    { for key, value in local.publisher_container : key => value if local.publishes },
    { for key, value in local.agent_container : key => value if !local.publishes },
  )])

  dynamic "volume" {
    for_each = local.host_folders

    content {
      name      = volume.key
      host_path = volume.value.host
    }
  }

  # What could not be sent yet outlives the task. Docker gives the new volume the rights of the image's folder.
  dynamic "volume" {
    for_each = local.publishes ? ["spool"] : []

    content {
      name = volume.value
      docker_volume_configuration {
        scope         = "shared"
        autoprovision = true
        driver        = "local"
      }
    }
  }

  tags = var.tags
}

resource "aws_ecs_service" "daemon" {
  count = local.in_ecs ? 1 : 0

  name                = local.ecs_name
  cluster             = var.ecs.cluster
  task_definition     = aws_ecs_task_definition.daemon[0].arn
  scheduling_strategy = "DAEMON"
  launch_type         = "EC2"
  propagate_tags      = "SERVICE"
  tags                = var.tags

  # Two publishers on one host would wait for each other's lock: stop the old one first.
  deployment_maximum_percent         = 100
  deployment_minimum_healthy_percent = 0

  depends_on = [aws_iam_role_policy.task, aws_iam_role_policy.execution, aws_ssm_parameter.configuration]
}

resource "aws_cloudwatch_log_group" "ecs" {
  count = local.in_ecs ? 1 : 0

  name              = "${local.log_prefix}/ecs"
  retention_in_days = var.ecs.log_retention_days
  tags              = var.tags
}

locals {
  tasks_assume = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })

  # The agent sends Container Insights as log events of the embedded metric format.
  task_statements = local.publishes ? jsonencode(local.publish_statements["ecs"]) : jsonencode([
    {
      Sid      = "WriteContainerInsights"
      Effect   = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = ["${local.arn_of["logs"]}:log-group:/aws/ecs/containerinsights/${coalesce(var.ecs.cluster, "none")}/performance*"]
    },
    {
      # It looks up which instance it runs on.
      Sid      = "DescribeInstances"
      Effect   = "Allow"
      Action   = ["ecs:DescribeContainerInstances", "ecs:ListContainerInstances", "ecs:ListTasks", "ec2:DescribeTags"]
      Resource = "*"
    },
  ])
}

resource "aws_iam_role" "task" {
  count = local.in_ecs ? 1 : 0

  name               = "${local.ecs_name}-task-${local.region}"
  description        = "${var.name}: what the task on each container instance may do"
  assume_role_policy = local.tasks_assume
  tags               = var.tags
}

resource "aws_iam_role_policy" "task" {
  count = local.in_ecs ? 1 : 0

  name   = "publish"
  role   = aws_iam_role.task[0].id
  policy = "{\"Version\":\"2012-10-17\",\"Statement\":${local.task_statements}}"
}

resource "aws_iam_role" "execution" {
  count = local.in_ecs ? 1 : 0

  name               = "${local.ecs_name}-exec-${local.region}"
  description        = "${var.name}: what ECS needs to start that task"
  assume_role_policy = local.tasks_assume
  tags               = var.tags
}

resource "aws_iam_role_policy" "execution" {
  #checkov:skip=CKV_AWS_355: ecr:GetAuthorizationToken knows no resource
  count = local.in_ecs ? 1 : 0

  name = "start"
  role = aws_iam_role.execution[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.arn_of["logs"]}:log-group:${local.log_prefix}/ecs:*"
      },
      {
        Sid      = "PullImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:${local.region}:${local.account_id}:repository/*"
      },
      {
        Sid      = "SignInToRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
    ]
  })
}

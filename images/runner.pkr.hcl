# An image with the standard setup of runner machines, by Packer 1.7 or newer:
#
#   packer init images/runner.pkr.hcl
#   packer build -var region=eu-central-1 images/runner.pkr.hcl
#
# It runs the script that machines run at boot with runner.setup: Standard. On an image made here it finds everything and installs nothing.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.2.8"
    }
  }
}

variable "region" {
  type = string
}

variable "name" {
  type        = string
  description = "The beginning of the image's name, and the tag by which a pool selects it."
  default     = "ci-runner"
}

variable "instance_type" {
  type        = string
  description = "A type of the architecture that the image is for."
  default     = "m7i.large"
}

# Amazon Linux 2023. For Ubuntu 24.04: owner "099720109477", name "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*" and
# user "ubuntu". For Debian 12: owner "136693071363", name "debian-12-amd64-*" and user "admin".
variable "base_owner" {
  type    = string
  default = "amazon"
}

variable "base_name" {
  type    = string
  default = "al2023-ami-2023.*-kernel-6.1-x86_64"
}

variable "ssh_username" {
  type    = string
  default = "ec2-user"
}

variable "runner_user" {
  type        = string
  description = "The user that jobs run as: spec.runner.user of the pool."
  default     = "runner"
}

locals {
  setup = "${path.root}/../src/Operator/Aws/UserData/setup.sh"
}

source "amazon-ebs" "runner" {
  region        = var.region
  instance_type = var.instance_type
  ssh_username  = var.ssh_username
  ami_name      = "${var.name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"

  source_ami_filter {
    filters = {
      name                = var.base_name
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
    owners      = [var.base_owner]
    most_recent = true
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  tags = {
    Name = var.name
  }
}

build {
  sources = ["source.amazon-ebs.runner"]

  # Cloud-init installs packages, too.
  provisioner "shell" {
    inline = ["cloud-init status --wait || true"]
  }

  provisioner "shell" {
    script          = local.setup
    execute_command = "sudo env EC2RUNNERS_USER=${var.runner_user} bash {{ .Path }}"
  }

  # The next machine starts as a first boot.
  provisioner "shell" {
    inline = ["sudo cloud-init clean --logs"]
  }
}

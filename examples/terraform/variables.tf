variable "kubeconfig" {
  description = "Path of the kubeconfig of the cluster"
  type        = string
  default     = "~/.kube/config"
}

variable "context" {
  description = "Context of the kubeconfig; null: its current one"
  type        = string
  default     = null
}

variable "chart" {
  description = "The chart: a folder, or oci://… of a release"
  type        = string
  default     = "../../charts/sluice"
}

variable "chart_version" {
  description = "Version of the chart, where it is one of a registry: 0.1.0"
  type        = string
  default     = null

  validation {
    condition     = var.chart_version == null || can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+", var.chart_version))
    error_message = "The version has no v in front: 0.1.0."
  }
}

variable "namespace" {
  description = "Namespace of the controller"
  type        = string
  default     = "sluice-system"
}

variable "application_namespaces" {
  description = "Namespaces of applications that are to be made"
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.application_namespaces : can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name))])
    error_message = "A namespace has a name of lower-case letters, digits and hyphens, 63 at most."
  }
}

variable "only_these_namespaces" {
  description = "Watch application_namespaces alone, with rights in these only; otherwise all namespaces"
  type        = bool
  default     = false

  validation {
    condition     = !var.only_these_namespaces || length(var.application_namespaces) > 0
    error_message = "Name the application_namespaces that are to be watched."
  }
}

variable "prometheus_address" {
  description = "URL of Prometheus, as the controller reaches it; empty: only Deployments whose gates are off are rolled out"
  type        = string

  validation {
    condition     = var.prometheus_address == "" || can(regex("^https?://", var.prometheus_address))
    error_message = "The address begins with http:// or https://."
  }
}

variable "replicas" {
  description = "Replicas of the controller; one leads"
  type        = number
  default     = 2

  validation {
    condition     = var.replicas >= 1 && floor(var.replicas) == var.replicas
    error_message = "At least one, and a whole number."
  }
}

variable "image_digest" {
  description = "Digest of the image, sha256:…, to run exactly what was verified; empty: the tag of the chart's version"
  type        = string
  default     = ""

  validation {
    condition     = var.image_digest == "" || can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "The digest is sha256: and 64 hexadecimal digits."
  }
}

variable "wait" {
  description = "Wait until the controller is ready, and go back to what was there before if it doesn't become so"
  type        = bool
  default     = true
}

resource "kubernetes_namespace_v1" "controller" {
  metadata {
    name = var.namespace

    # The controller keeps the strictest of Kubernetes' standards for pods.
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
    }
  }
}

resource "kubernetes_namespace_v1" "application" {
  for_each = var.application_namespaces

  metadata {
    name = each.value
  }
}

resource "helm_release" "sluice" {
  name      = "sluice"
  namespace = kubernetes_namespace_v1.controller.metadata[0].name
  chart     = var.chart
  version   = var.chart_version

  wait            = var.wait
  atomic          = var.wait
  cleanup_on_fail = true
  timeout         = 600

  values = [yamlencode({
    replicaCount = var.replicas
    namespaces   = var.only_these_namespaces ? sort([for n in kubernetes_namespace_v1.application : n.metadata[0].name]) : []
    image        = { digest = var.image_digest }
    prometheus   = { address = var.prometheus_address }
  })]
}

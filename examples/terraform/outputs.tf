output "namespace" {
  description = "Namespace of the controller"
  value       = helm_release.sluice.namespace
}

output "status" {
  description = "Status of the release: deployed"
  value       = helm_release.sluice.status
}

output "application_namespaces" {
  description = "Namespaces that were made for applications"
  value       = sort([for n in kubernetes_namespace_v1.application : n.metadata[0].name])
}
